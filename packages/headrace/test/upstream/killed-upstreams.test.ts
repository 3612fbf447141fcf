import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import type { OperationName } from '@headrace/s3'
import { around, override, pipeline } from '../../src/core/layer.ts'
import { systemClock, systemRandom } from '../../src/core/runtime.ts'
import { attemptLayers } from '../../src/layers/attempt-layers.ts'
import { createAttemptFigures } from '../../src/layers/attempts/figures.ts'
import { createMemoryStore } from '../../src/store/memory/memory-store.ts'
import { remoteStore } from '../../src/store/remote/remote-store.ts'
import { listedUpstreams } from '../../src/upstream/group/discovery/discovery.ts'
import { silentGroupEvents } from '../../src/upstream/group/group-events.ts'
import { FailureAwareGroup } from '../../src/upstream/group/upstream-group.ts'
import { HttpClient } from '../../src/upstream/transport/http-client.ts'
import { actions, bodyOf, context, mebibyte, partBytes, random } from '../conformance/harness.ts'
import type { Test } from '../open-store.ts'
import { type FrontUnderTest, startFront } from '../support/front.ts'
import { alice } from '../support/requests.ts'

const runtime = { clock: systemClock, random: systemRandom }
/** The principal of the test's requests. */
const owner = { id: 'alice'.padEnd(64, '0'), displayName: 'alice' }

/** Bodies that take their time, so that they are under way when a gateway dies: 64 KiB every 5 ms. */
const slow = override((inner) => ({
  async getObject(input, ctx) {
    const reader = await inner.getObject(input, ctx)
    return {
      ...reader,
      readInto: (sink) =>
        reader.readInto({
          async write(chunk) {
            for (let at = 0; at < chunk.length; at += 65_536) {
              await systemClock.sleep(5)
              await sink.write(chunk.subarray(at, at + 65_536))
            }
          },
        }),
    }
  },
}))

/** Three gateways of one store as upstreams, over real sockets, and a remote store in front of them. */
async function scene(t: Test) {
  const memory = createMemoryStore(runtime)
  const fronts: FrontUnderTest[] = []
  const cutAll = () => {
    for (const { server } of fronts) server.closeAllConnections()
  }
  /** Operations that are done, and whose answers are lost with their connections. */
  const losing = new Set<OperationName>()
  const lossy = around(async ({ operation, ctx }, next) => {
    const output = await next(ctx)
    if (losing.delete(operation)) cutAll()
    return output
  })
  for (let n = 0; n < 3; n += 1) fronts.push(await startFront(t, { store: pipeline(memory, [lossy, slow]) }))
  const group = new FailureAwareGroup({
    name: 'group',
    runtime,
    events: silentGroupEvents,
    discovery: listedUpstreams(fronts.map(({ port }) => ({ url: `http://127.0.0.1:${port}` }))),
    clientOf: ({ name, origin }) => new HttpClient({ name, origin }, systemClock),
    check: undefined,
  })
  t.after(async () => group.close())
  const figures = createAttemptFigures()
  const remote = remoteStore({
    name: 'remote',
    group,
    credentials: () => alice,
    region: 'us-east-1',
    owner,
    trustsTransport: false,
    runtime,
  })
  const store = pipeline(remote, attemptLayers(runtime, figures))
  await actions(store).create('bucket')
  return { fronts, losing, memory, store, figures }
}

/** Ends a gateway as a kill does, and starts it again on its port. */
async function kill({ server, port }: FrontUnderTest, downMs: number): Promise<void> {
  server.close()
  server.closeAllConnections()
  await systemClock.sleep(downMs)
  await new Promise<void>((resolve) => server.listen({ host: '127.0.0.1', port }, resolve))
}

test('attempts: gateways that are killed one after the other, in mid-body, fail no GET', async (t) => {
  const { fronts, store, figures } = await scene(t)
  const content = random(2 * mebibyte)
  const { etag } = await actions(store).put('bucket', 'k', content)
  let isOver = false
  let reads = 0
  const reader = async () => {
    while (!isOver) {
      const hash = createHash('md5')
      const opened = await store.getObject({ bucket: 'bucket', key: 'k' }, context())
      await opened.readInto({
        write(chunk) {
          hash.update(chunk)
          return undefined
        },
      })
      await opened.close()
      assert.equal(hash.digest('hex'), etag)
      reads += 1
    }
  }
  const readers = Array.from({ length: 16 }, reader)
  for (let round = 0; round < 3; round += 1) {
    await systemClock.sleep(300)
    await kill(fronts[round % fronts.length] as FrontUnderTest, 150)
  }
  isOver = true
  await Promise.all(readers)
  assert.ok(reads > 0 && figures.resumes > 0, `${reads} reads, ${figures.resumes} resumes`)
  assert.equal(figures.resumesFailed, 0)
})

test('attempts: a conditional PUT whose answer is lost is found to be done, or not to be', async (t) => {
  const { losing, store, figures } = await scene(t)
  const put = (bytes: string, sizeKnown = true) => {
    const body = { ...bodyOf(Buffer.from(bytes), { sizeKnown }), replayable: false }
    const conditions = { ifNoneMatch: '*' } as const
    const input = { bucket: 'bucket', key: `k${sizeKnown}`, body, content: {}, metadata: {}, tags: [], conditions }
    return store.putObject(input, context())
  }
  for (const sizeKnown of [true, false]) {
    losing.add('putObject')
    assert.equal((await put('mine', sizeKnown)).sizeBytes, 4)
    await assert.rejects(put('theirs', sizeKnown), { code: 'PreconditionFailed' })
  }
  assert.deepEqual([figures.readBacks, figures.readBacksUndecided], [2, 0])
  assert.equal((await actions(store).get('bucket', 'ktrue')).toString(), 'mine')
  const { info } = await store.headObject({ bucket: 'bucket', key: 'ktrue' }, context())
  assert.deepEqual(info.metadata, {})
})

test('attempts: a completion whose answer is lost is found to be done', async (t) => {
  const { losing, store, memory, figures } = await scene(t)
  const uploadId = await actions(store).upload('bucket', 'k')
  const parts = [
    await actions(store).part('bucket', 'k', uploadId, 1, random(partBytes)),
    await actions(store).part('bucket', 'k', uploadId, 2, random(10)),
  ]
  losing.add('completeMultipartUpload')
  const { etag } = await store.completeMultipartUpload({ bucket: 'bucket', key: 'k', uploadId, parts }, context())
  assert.equal((await memory.headObject({ bucket: 'bucket', key: 'k' }, context())).info.etag, etag)
  assert.equal(figures.readBacks, 1)
})
