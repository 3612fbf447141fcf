import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Body } from '@headrace/s3'
import { decodeDataRow } from '../../src/store/embedded/format/data-row.ts'
import { addBlanks } from '../../src/store/embedded/opening-map.ts'
import { startLeaving } from '../../src/store/embedded/placement/edit-map.ts'
import { createStoreWork } from '../../src/work/store-workers.ts'
import { actions, bodyOf, context } from '../conformance/harness.ts'
import { openAt, runtime, temporaryFolder } from '../open-store.ts'

/** A body that stops in the middle until it may go on. */
function slowBody(bytes: Buffer) {
  const { promise: began, resolve: begin } = Promise.withResolvers<void>()
  const { promise: allowed, resolve: goOn } = Promise.withResolvers<void>()
  const whole = bodyOf(bytes)
  let written = 0
  const body: Body = {
    ...whole,
    readInto: (sink, wants) =>
      whole.readInto(
        {
          async write(piece) {
            await sink.write(piece)
            written += piece.length
            if (written <= bytes.length / 2) return
            begin()
            await allowed
          },
        },
        wants,
      ),
  }
  return { body, began, goOn }
}

test('what was being written while drives were added is protected like everything else', async (t) => {
  const root = await temporaryFolder(t)
  const opened = await openAt(join(root, 'd0'))
  const { store, keeperStore } = opened
  await store.createBucket({ bucket: 'bucket', acl: 'private', location: '' }, context())
  const work = createStoreWork(keeperStore, {
    ownReads: () => opened.oldestSeq(),
    finishLeaving: (device, isEmpty) => keeperStore.finishLeaving(device, isEmpty),
  })
  const mend = async () => {
    let steps = 0
    while ((await work.mend.step(AbortSignal.timeout(30_000))) === 'more') steps += 1
    return steps
  }
  const bytes = randomBytes(3_000_000)
  const { body, began, goOn } = slowBody(bytes)
  const put = store.putObject({ bucket: 'bucket', key: 'key', body, content: {}, metadata: {}, tags: [] }, context())
  await began
  const places = { random: runtime.random, places: [], nowMs: 0 }
  const added = await addBlanks(
    keeperStore.maps.current.map,
    [{ root: join(root, 'd1'), fileSystemId: 'test' }],
    places,
  )
  await keeperStore.changeMap(() => added)
  await mend()
  goOn()
  await put
  await mend()
  const [row] = [...keeperStore.index.scan('data', { from: Buffer.alloc(0) })].map(({ value }) => decodeDataRow(value))
  assert.ok(row !== undefined && row.chunks !== 'inline')
  assert.deepEqual(
    row.chunks.map((chunk) => chunk.kind !== 'missing' && chunk.device),
    [0, 1],
  )
  assert.equal(await mend(), 0, 'nothing is left to do')
  assert.ok((await actions(store).get('bucket', 'key')).equals(bytes))
  await work.close()
  await opened.close()
})

test('what was being written to a drive that leaves is refused, or keeps the drive', async (t) => {
  const root = await temporaryFolder(t)
  const opened = await openAt(join(root, 'd0'), join(root, 'd1'))
  const { store, keeperStore } = opened
  await store.createBucket({ bucket: 'bucket', acl: 'private', location: '' }, context())
  const write = async (key: string) => {
    const { body, began, goOn } = slowBody(randomBytes(3_000_000))
    const input = { bucket: 'bucket', key, body, content: {}, metadata: {}, tags: [] }
    const done = store.putObject(input, context()).then(
      () => 'written',
      (error) => error.code,
    )
    await began
    return { done, goOn }
  }
  const [early, late] = [await write('early'), await write('late')]
  await keeperStore.changeMap((map) => startLeaving(map, 1))
  const rows = () => [...keeperStore.index.scan('data', { from: Buffer.alloc(0) })].length
  early.goOn()
  assert.equal(await early.done, 'written')
  assert.equal(await keeperStore.finishLeaving(1, async () => rows() === 0), false)
  assert.ok(keeperStore.maps.current.device(1))
  await store.deleteObject({ bucket: 'bucket', key: 'early' }, context())
  const isEmpty = async () => {
    late.goOn()
    assert.equal(await late.done, 'ServiceUnavailable')
    return rows() === 0
  }
  // The index moves before, which is other workers' work.
  while ((await keeperStore.improveReplicas()) === 'more');
  assert.equal(await keeperStore.finishLeaving(1, isEmpty), true)
  assert.equal(keeperStore.maps.current.device(1), undefined)
  await opened.close()
})
