import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { SimClock } from '../../../../sim/sim-clock.ts'
import { temporaryFolder } from '../../../../test/open-store.ts'
import { settled, until } from '../../../../test/support/waiting.ts'
import { silentEvents } from '../../../core/events.ts'
import { systemRandom } from '../../../core/runtime.ts'
import type { Keeper } from '../keeper/keeper.ts'
import type { StoreMap } from '../placement/store-map.ts'
import { KeeperServer } from './keeper-server.ts'
import { encodeFrame, FrameDecoder, type ToGateway, type ToKeeper } from './protocol.ts'

/** A keeper of which only is known how often it is paused. */
async function served(t: TestContext) {
  const socketPath = join(await temporaryFolder(t), 'keeper.sock')
  const clock = new SimClock()
  const ended: number[] = []
  let pauses = 0
  const keeper = {
    submit: async () => ({ session: 7 }),
    async pause() {
      pauses += 1
      let isOver = false
      return () => {
        if (!isOver) pauses -= 1
        isOver = true
      }
    },
  }
  const server = new KeeperServer({
    keeper: keeper as unknown as Keeper,
    socketPath,
    indexPath: () => '/index/1.mdb',
    store: () => ({ map: {} as StoreMap, faults: [] }),
    runtime: { clock, random: systemRandom, events: silentEvents },
    damaged() {},
    trouble() {},
    endGateway: (processId) => ended.push(processId),
  })
  await server.listen()
  t.after(() => server.close())
  const gateway = (processId: number) => {
    const socket = connect(socketPath)
    const heard: ToGateway[] = []
    const decoder = new FrameDecoder<ToGateway>()
    socket.on('data', (chunk: Buffer) => heard.push(...decoder.push(chunk)))
    const say = (message: ToKeeper) => socket.write(Buffer.concat(encodeFrame(message)))
    say({ type: 'hello', session: 0, processId, worker: 1 })
    return { socket, say, welcomes: (count: number) => until('it is welcome', () => heard.length >= count) }
  }
  const isPaused = (count: number) => until(`there are ${count} pauses`, () => pauses === count)
  return { server, clock, ended, gateway, isPaused }
}

test('keeper server: nothing is committed while a gateway opens the index', async (t) => {
  const { server, gateway, isPaused } = await served(t)
  const first = gateway(11)
  await first.welcomes(1)
  await isPaused(1)
  const second = gateway(12)
  await second.welcomes(1)
  await isPaused(2)
  first.say({ type: 'opened' })
  await isPaused(1)
  second.say({ type: 'opened' })
  await isPaused(0)
  server.moveIndex()
  await first.welcomes(2)
  await isPaused(2)
  first.say({ type: 'opened' })
  // It was killed.
  second.socket.destroy()
  await isPaused(0)
})

test('keeper server: a gateway that hangs while it opens the index is ended, and commits go on', async (t) => {
  const { clock, ended, gateway, isPaused } = await served(t)
  await gateway(13).welcomes(1)
  await isPaused(1)
  clock.advance(10_000)
  await settled()
  assert.deepEqual(ended, [13])
  await isPaused(1)
  clock.advance(1_000)
  await isPaused(0)
})
