import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Body, ByteSink } from '@headrace/s3'
import { actions, context } from '../conformance/harness.ts'
import { SimMachine } from '../support/sim-store.ts'

const pieceBytes = 64 * 1024
const summary = { sizeBytes: 6_000_000, md5: Buffer.alloc(16) }

/** A body that comes piece by piece; `leavesWhenBusy` gives up while the sink is at work, as no body should. */
function slowBody(machine: SimMachine, bytes: Buffer, { leavesWhenBusy = false } = {}): Body {
  return {
    sizeBytes: undefined,
    replayable: false,
    async readInto(sink: ByteSink) {
      for (let at = 0; at < bytes.length; at += pieceBytes) {
        const wait = sink.write(bytes.subarray(at, at + pieceBytes))
        if (wait !== undefined && leavesWhenBusy) {
          wait.catch(() => {})
          throw new Error('the client is gone')
        }
        await (wait ?? machine.clock.sleep(1))
      }
      return summary
    },
  }
}

test('putObject: uploads that are given up leave nothing, and give their memory back once', async () => {
  const machine = new SimMachine()
  const { store } = await machine.finish(machine.open())
  const { create, get } = actions(store)
  await machine.finish(create('bucket'))
  const put = (key: string, body: Body) =>
    store.putObject({ bucket: 'bucket', key, body, content: {}, metadata: {}, tags: [] }, context())
  for (const key of ['gone 1', 'gone 2', 'gone 3']) {
    const body = slowBody(machine, Buffer.alloc(3_000_000), { leavesWhenBusy: true })
    await assert.rejects(machine.finish(put(key, body)), /the client is gone/)
  }
  await machine.finish(machine.clock.sleep(1000))
  assert.deepEqual(machine.files('tmp'), [])
  // Two that shared memory would have each other's bytes, with checksums to match.
  const contents = { a: Buffer.alloc(6_000_000, 'A'), b: Buffer.alloc(6_000_000, 'B') }
  await machine.finish(Promise.all(Object.entries(contents).map(([key, bytes]) => put(key, slowBody(machine, bytes)))))
  for (const [key, bytes] of Object.entries(contents)) {
    assert.ok((await machine.finish(get('bucket', key))).equals(bytes), key)
  }
})
