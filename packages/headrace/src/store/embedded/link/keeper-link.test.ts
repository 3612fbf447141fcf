import assert from 'node:assert/strict'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { SimClock } from '../../../../sim/sim-clock.ts'
import { code } from '../../../../test/conformance/harness.ts'
import { type Test, temporaryFolder } from '../../../../test/open-store.ts'
import { until } from '../../../../test/support/waiting.ts'
import { silentEvents } from '../../../core/events.ts'
import { noLoad } from '../../../core/foreground-load.ts'
import { systemRandom } from '../../../core/runtime.ts'
import { KeeperLostError } from '../keeper/mutation.ts'
import { StaleReferenceError } from '../keeper/plan.ts'
import type { StoreMap } from '../placement/store-map.ts'
import { KeeperLink } from './keeper-link.ts'
import { encodeFrame, FrameDecoder, type ToGateway, type ToKeeper } from './protocol.ts'

/** A keeper that says what the test says. */
class ScriptedKeeper {
  readonly received: ToKeeper[] = []
  readonly #server = createServer((socket) => this.#accept(socket))
  readonly #path: string
  #socket: Socket | undefined

  constructor(path: string) {
    this.#path = path
  }

  listen(): Promise<void> {
    return new Promise((resolve) => this.#server.listen(this.#path, resolve))
  }

  say(message: ToGateway): void {
    this.#socket?.write(Buffer.concat(encodeFrame(message)))
  }

  /** Dies: what it was told before is forgotten. */
  async die(): Promise<void> {
    this.#socket?.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
    this.received.length = 0
  }

  async hears(count: number): Promise<ToKeeper[]> {
    await until(`the keeper hears ${count} messages`, () => this.received.length >= count)
    return this.received
  }

  #accept(socket: Socket): void {
    this.#socket = socket
    const decoder = new FrameDecoder<ToKeeper>()
    socket.on('data', (chunk) => this.received.push(...decoder.push(chunk as Buffer)))
    socket.on('error', () => {})
  }
}

const store = { map: {} as StoreMap, faults: [] }
const welcome: ToGateway = { type: 'welcome', session: 4, indexPath: '/index/1.mdb', store }

async function linked(t: Test, answer: () => Promise<unknown> = async () => 'figures') {
  const path = join(await temporaryFolder(t), 'keeper.sock')
  const keeper = new ScriptedKeeper(path)
  await keeper.listen()
  const clock = new SimClock()
  const welcomes: unknown[] = []
  const changes: unknown[] = []
  const link = new KeeperLink({
    socketPath: path,
    worker: 3,
    runtime: { clock, random: systemRandom, events: silentEvents },
    welcomed: (message) => welcomes.push(message),
    storeChanged: (changed) => changes.push(changed),
    answer,
  })
  t.after(async () => {
    link.close()
    await keeper.die()
  })
  await keeper.hears(1)
  return {
    keeper,
    link,
    clock,
    welcomes,
    changes,
    close: (session: number) => link.submit('closeSession', { session }),
    /** The keeper is there again, and the link has found it. */
    async comeBack() {
      await keeper.listen()
      await until('the link connects', () => {
        clock.advance(100)
        return keeper.received.length > 0
      })
    },
  }
}

function ids(messages: readonly ToKeeper[]): { id: number; resent: boolean }[] {
  return messages.flatMap((message) => (message.type === 'submit' ? [{ id: message.id, resent: message.resent }] : []))
}

test('link: introduces itself, and sends what it was given once it is welcome', async (t) => {
  const { keeper, welcomes, close } = await linked(t)
  assert.deepEqual(keeper.received, [{ type: 'hello', session: 0, processId: process.pid, worker: 3 }])
  const closing = close(9)
  keeper.say(welcome)
  const [, submit, opened] = await keeper.hears(3)
  assert.deepEqual(opened, { type: 'opened' })
  assert.deepEqual(submit, {
    type: 'submit',
    id: 1,
    mutation: { name: 'closeSession', input: { session: 9 } },
    resent: false,
  })
  assert.deepEqual(welcomes, [welcome])
  keeper.say({ type: 'done', id: 1, result: null })
  assert.equal(await closing, null)
})

test('link: answers find their questions in any order; one to nothing is passed over', async (t) => {
  const { keeper, close } = await linked(t)
  keeper.say(welcome)
  const [first, second, third] = [close(1), close(2), close(3)]
  await keeper.hears(4)
  keeper.say({ type: 'done', id: 99, result: 'for nobody' })
  keeper.say({ type: 'refused', id: 3, refusal: { kind: 'stale' } })
  keeper.say({ type: 'refused', id: 2, refusal: { kind: 's3', code: 'NoSuchKey', message: 'm', details: {} } })
  keeper.say({ type: 'done', id: 1, result: null })
  keeper.say({ type: 'done', id: 1, result: 'once more' })
  assert.equal(await first, null)
  await assert.rejects(second as Promise<unknown>, code('NoSuchKey'))
  await assert.rejects(third as Promise<unknown>, StaleReferenceError)
})

test('link: when the keeper dies, what was under way is sent again to the next, and marked', async (t) => {
  const { keeper, close, comeBack } = await linked(t)
  keeper.say(welcome)
  const answered = close(1)
  const open = close(2)
  await keeper.hears(3)
  keeper.say({ type: 'done', id: 1, result: null })
  await answered
  await keeper.die()
  await comeBack()
  const meanwhile = close(3)
  assert.deepEqual(keeper.received, [{ type: 'hello', session: 4, processId: process.pid, worker: 3 }])
  keeper.say(welcome)
  assert.deepEqual(ids(await keeper.hears(3)), [
    { id: 2, resent: true },
    { id: 3, resent: false },
  ])
  keeper.say({ type: 'done', id: 2, result: null })
  keeper.say({ type: 'done', id: 3, result: null })
  await Promise.all([open, meanwhile])
})

test('link: nothing is sent before the next keeper has welcomed it', async (t) => {
  const { keeper, link, close, comeBack } = await linked(t)
  keeper.say(welcome)
  await until('it is welcome', () => {
    link.reportReads(1, noLoad)
    return keeper.received.length > 1
  })
  await keeper.die()
  await until('the link has noticed', () => {
    link.reportReads(2, noLoad)
    return true
  })
  await comeBack()
  const waiting = close(1)
  link.reportReads(3, noLoad)
  link.reportDamage(new Error('of the index before'), '/index/1.mdb')
  assert.deepEqual(
    keeper.received.map(({ type }) => type),
    ['hello'],
  )
  keeper.say(welcome)
  await keeper.hears(2)
  keeper.say({ type: 'done', id: 1, result: null })
  await waiting
})

test('link: a keeper that stays away leaves the outcome unknown, and a late answer changes nothing', async (t) => {
  const { keeper, clock, close } = await linked(t)
  keeper.say(welcome)
  const lost = close(1)
  await keeper.hears(2)
  clock.step()
  assert.equal(clock.monotonic(), 30_000)
  await assert.rejects(lost, KeeperLostError)
  keeper.say({ type: 'done', id: 1, result: null })
  const next = close(2)
  await keeper.hears(3)
  keeper.say({ type: 'done', id: 2, result: null })
  await next
})

test('link: reports reads and damage, and answers questions', async (t) => {
  const { keeper, link, close } = await linked(t)
  keeper.say(welcome)
  const submitted = close(1)
  await keeper.hears(3)
  link.reportReads(17, noLoad)
  link.reportDamage(new Error('a page is broken'), '/index/1.mdb')
  keeper.say({ type: 'ask', id: 5, question: 'metrics' })
  const received = await keeper.hears(6)
  assert.deepEqual(received.slice(3), [
    { type: 'reads', oldestSeq: 17, load: noLoad },
    { type: 'damaged', reason: 'Error: a page is broken', indexPath: '/index/1.mdb' },
    { type: 'answer', id: 5, value: 'figures' },
  ])
  keeper.say({ type: 'done', id: 1, result: null })
  await submitted
})

test('link: a question that cannot be answered is answered with nothing', async (t) => {
  const { keeper } = await linked(t, () => Promise.reject(new Error('no figures')))
  keeper.say(welcome)
  keeper.say({ type: 'ask', id: 5, question: 'metrics' })
  const [, , answer] = await keeper.hears(3)
  assert.deepEqual(answer, { type: 'answer', id: 5, value: undefined })
})

test('link: once it is closed it does not come back', async (t) => {
  const { keeper, link, clock } = await linked(t)
  link.close()
  await keeper.die()
  await keeper.listen()
  assert.equal(clock.step(), false)
  assert.deepEqual(keeper.received, [])
})
