import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { S3Error } from '@headrace/s3'
import { actions, code, context } from '../../../../test/conformance/harness.ts'
import { SimMachine } from '../../../../test/support/sim-store.ts'
import { settled } from '../../../../test/support/waiting.ts'
import { storeFigures } from '../../../processes/store-figures.ts'
import { encodeNumber } from '../format/counters.ts'
import { encodeUploadRow } from '../format/upload-row.ts'
import { metaKeys } from '../index/keys.ts'
import type { BucketReference } from './mutation.ts'

const bucket: BucketReference = { name: 'bucket', id: 1 }
const uploadRow = encodeUploadRow({
  initiatedMs: 0,
  checksum: undefined,
  acl: 'private',
  storageClass: 'STANDARD',
  content: {},
  metadata: {},
  tags: [],
})

/** An open store with a bucket in it, whose batches are counted from now on. Its drive takes simulated time. */
async function openKeeper() {
  const machine = new SimMachine()
  const { clock, events, drive, failures } = machine
  const opened = await machine.finish(machine.open())
  const { keeper } = opened.keeperStore
  await machine.finish(actions(opened.store).create(bucket.name))
  events.batches.length = 0
  let uploads = 0
  return {
    ...opened,
    clock,
    drive,
    events,
    failures,
    keeper,
    /** Waits for what was submitted. */
    finish: <T>(work: Promise<T>) => machine.finish(work),
    /** A mutation that leaves the others alone. */
    upload(into = bucket) {
      uploads += 1
      const uploadId = uploads.toString(16).padStart(32, '0')
      return keeper.submit('createUpload', { bucket: into, key: 'k', uploadId, row: uploadRow })
    },
    /** How many mutations each batch had. */
    batches: () => events.batches.map(({ mutations }) => mutations),
  }
}

function outcomes(results: readonly PromiseSettledResult<unknown>[]): string[] {
  return results.map((result) => (result.status === 'fulfilled' ? 'done' : (result.reason as S3Error).code))
}

test('keeper: what comes in one turn is one batch', async () => {
  const { upload, finish, batches } = await openKeeper()
  await finish(Promise.all(Array.from({ length: 10 }, () => upload())))
  assert.deepEqual(batches(), [10])
})

test('keeper: what comes while a batch is made durable is the next', async () => {
  const { upload, finish, batches } = await openKeeper()
  const first = upload()
  await settled()
  const rest = Array.from({ length: 5 }, () => upload())
  await finish(Promise.all([first, ...rest]))
  assert.deepEqual(batches(), [1, 5])
})

test('keeper: during a pause nothing is committed, and afterwards what has come', async () => {
  const { keeper, upload, finish, batches } = await openKeeper()
  const first = upload()
  await settled()
  const [goOn, alsoGoOn] = await finish(Promise.all([keeper.pause(), keeper.pause()]))
  await first
  assert.deepEqual(batches(), [1])
  const waiting = Promise.all([upload(), upload()])
  await settled()
  goOn()
  goOn()
  await settled()
  assert.deepEqual(batches(), [1])
  alsoGoOn()
  await finish(waiting)
  assert.deepEqual(batches(), [1, 2])
})

test('keeper: nothing is built on an index that has lost a commit', async () => {
  const { keeperStore, upload, finish, failures, batches } = await openKeeper()
  await finish(upload())
  const { index } = keeperStore
  const meta = { database: 'meta', key: metaKeys.commitSeq } as const
  index.apply([{ ...meta, value: encodeNumber(keeperStore.keeper.lastSeq - 1) }])
  assert.match(String(await finish(upload().catch((error) => error))), /the index ends at commit \d+, and \d+ was/)
  assert.deepEqual(batches(), [1])
  assert.ok(failures.length > 0)
})

test('keeper: a batch has its limits, in mutations and in bytes', async () => {
  const { store, upload, finish, batches, events } = await openKeeper()
  await finish(Promise.all(Array.from({ length: 600 }, () => upload())))
  assert.deepEqual(batches(), [512, 88])
  events.batches.length = 0
  const body = Buffer.alloc(16 * 1024)
  const { put } = actions(store)
  await finish(Promise.all(Array.from({ length: 600 }, (_, number) => put(bucket.name, `k${number}`, body))))
  for (const { bytes } of events.batches) assert.ok(bytes < 9 * 1024 * 1024, `${bytes} bytes`)
  assert.ok(events.batches.length < 10)
})

test('keeper: writes of one key go one after the other, in the order in which they came', async () => {
  const { store, finish, batches } = await openKeeper()
  const { put, get } = actions(store)
  const writes = ['one', 'two', 'three'].map((text) => put(bucket.name, 'k', text))
  const others = ['a', 'b'].map((key) => put(bucket.name, key, 'x'))
  await finish(Promise.all([...writes, ...others]))
  assert.equal((await finish(get(bucket.name, 'k'))).toString(), 'three')
  assert.deepEqual(batches(), [3, 1, 1], 'the others need not wait')
})

test('keeper: what conflicts waits, and what comes after it does not overtake it', async () => {
  const { keeper, upload, finish } = await openKeeper()
  const removal = () => keeper.submit('deleteBucket', { name: bucket.name })
  assert.deepEqual(outcomes(await finish(Promise.allSettled([upload(), removal(), upload()]))), [
    'done',
    'done',
    'NoSuchBucket',
  ])
})

test('keeper: a bucket that was deleted and made again is another one', async () => {
  const { keeper, store, upload, finish } = await openKeeper()
  const removal = keeper.submit('deleteBucket', { name: bucket.name })
  const again = actions(store).create(bucket.name)
  const results = await finish(Promise.allSettled([removal, again, upload()]))
  assert.deepEqual(outcomes(results), ['done', 'done', 'NoSuchBucket'])
  await finish(upload({ name: bucket.name, id: 2 }))
})

test('keeper: one that is refused leaves the others of its batch alone', async () => {
  const { upload, finish, batches } = await openKeeper()
  const nowhere = { name: 'nowhere', id: 9 }
  const results = await finish(Promise.allSettled([upload(), upload(nowhere), upload()]))
  assert.deepEqual(outcomes(results), ['done', 'NoSuchBucket', 'done'])
  assert.deepEqual(batches(), [2])
})

test('keeper: what changes nothing is answered without a batch', async () => {
  const { store, finish, batches } = await openKeeper()
  await finish(store.deleteObject({ bucket: bucket.name, key: 'missing' }, context()))
  await finish(actions(store).create(bucket.name))
  assert.deepEqual(batches(), [])
})

test('keeper: objects and bytes are counted right, however many changes share a batch', async () => {
  const { store, keeperStore, finish } = await openKeeper()
  const { put } = actions(store)
  const figures = async () => {
    const { buckets, objects, bytes } = await finish(storeFigures(keeperStore))
    return { buckets, objects, bytes }
  }
  await finish(Promise.all([1, 2, 3, 4, 5].map((size) => put(bucket.name, `k${size}`, 'x'.repeat(size)))))
  assert.deepEqual(await figures(), { buckets: 1, objects: 5, bytes: 15 })
  const removal = store.deleteObjects({ bucket: bucket.name, quiet: true, objects: [{ key: 'k5' }] }, context())
  await finish(Promise.all([removal, put(bucket.name, 'k1', 'xxx'), put(bucket.name, 'k6', '')]))
  assert.deepEqual(await figures(), { buckets: 1, objects: 5, bytes: 12 })
  assert.deepEqual(
    outcomes(await finish(Promise.allSettled([put(bucket.name, 'k1', 'y', { conditions: { ifNoneMatch: '*' } })]))),
    ['PreconditionFailed'],
  )
  assert.deepEqual(await figures(), { buckets: 1, objects: 5, bytes: 12 }, 'a refusal counts nothing')
})

test('keeper: a mutation that cannot be planned is a bug of its own, and of nobody else', async () => {
  const { keeper, upload, finish, events } = await openKeeper()
  const broken = keeper.submit('deleteBucket', { name: undefined as never })
  assert.deepEqual(outcomes(await finish(Promise.allSettled([broken, upload()]))), ['InternalError', 'done'])
  assert.deepEqual([events.lines[0]?.level, events.lines[0]?.fields.mutation], ['error', 'deleteBucket'])
})

test('keeper: without space nothing of a batch happens, and with space again all goes on', async () => {
  const { keeper, drive, upload, finish, failures } = await openKeeper()
  const before = keeper.lastSeq
  drive.failAt(1, 'ENOSPC')
  const results = await finish(Promise.allSettled([upload(), upload()]))
  assert.deepEqual(outcomes(results), ['InsufficientStorage', 'InsufficientStorage'])
  assert.equal(keeper.lastSeq, before)
  await finish(upload())
  assert.equal(keeper.lastSeq, before + 1)
  assert.deepEqual(failures, [])
})

test('keeper: when the journal fails it ends: nobody is told that anything happened, then or later', async () => {
  const { drive, upload, finish, failures } = await openKeeper()
  drive.failAt(1, 'EIO')
  const first = upload()
  await settled()
  const second = upload()
  const results = await finish(Promise.allSettled([first, second]))
  assert.deepEqual(outcomes(results), ['EIO', 'EIO'])
  assert.equal(failures.length, 1)
  await assert.rejects(upload(), { code: 'EIO' })
})

test('keeper: a delete that is sent again after its commit leaves what was written since', async () => {
  const { keeper, store, finish } = await openKeeper()
  const { put, get } = actions(store)
  const input = { bucket, objects: [{ key: 'k' }], seenSeq: keeper.lastSeq + 1 }
  await finish(put(bucket.name, 'k', 'old'))
  await finish(keeper.submit('deleteEntries', input))
  await finish(put(bucket.name, 'k', 'new'))
  await finish(keeper.submit('deleteEntries', input, { resent: true }))
  assert.equal((await finish(get(bucket.name, 'k'))).toString(), 'new')
})

test('keeper: a delete that is sent again and was not committed before is done', async () => {
  const { keeper, store, finish } = await openKeeper()
  const { put, get } = actions(store)
  await finish(put(bucket.name, 'k', 'old'))
  const input = { bucket, objects: [{ key: 'k' }], seenSeq: keeper.lastSeq }
  await finish(keeper.submit('deleteEntries', input, { resent: true }))
  await assert.rejects(finish(get(bucket.name, 'k')), /NoSuchKey|does not exist/)
})

test('keeper: a delete with a condition, or an abort, that is sent again after its commit is done', async () => {
  const { keeper, store, finish } = await openKeeper()
  await finish(actions(store).put(bucket.name, 'k', 'old'))
  const objects = [{ key: 'k', ifMatch: ['149603e6c03516362a8da23f624db945'] }]
  const input = { bucket, objects, seenSeq: keeper.lastSeq }
  assert.deepEqual(await finish(keeper.submit('deleteEntries', input, { resent: true })), [null])
  assert.deepEqual(await finish(keeper.submit('deleteEntries', input, { resent: true })), [null])
  const abort = { bucket, key: 'k', uploadId: '0'.repeat(32) }
  await assert.rejects(finish(keeper.submit('abortUpload', abort)), /upload/)
  assert.equal(await finish(keeper.submit('abortUpload', abort, { resent: true })), null)
})

test('keeper: a batch that the index may find no room for is refused before it is in the journal', async () => {
  const { clock, drive, store, finish, failures } = await openKeeper()
  const { put, get } = actions(store)
  const remove = () => store.deleteObject({ bucket: bucket.name, key: 'k' }, context())
  await finish(put(bucket.name, 'k', 'old'))
  const room = drive.space
  drive.space = async () => ({ freeBytes: 4 * 1024 * 1024, totalBytes: 2 ** 40 })
  clock.advance(1_001)
  await assert.rejects(finish(remove()), code('InsufficientStorage'))
  assert.equal((await finish(get(bucket.name, 'k'))).toString(), 'old')
  drive.space = room
  await finish(remove())
  assert.deepEqual(failures, [])
})

test('keeper: a write that is sent again leaves what was written since, whatever it brought', async () => {
  const { keeper, store, finish } = await openKeeper()
  const { put, get } = actions(store)
  const submits: [string, unknown][] = []
  const submit = keeper.submit.bind(keeper) as (name: string, input: unknown, options?: object) => Promise<never>
  keeper.submit = ((name: string, input: unknown) => {
    submits.push([name, input])
    return submit(name, input)
  }) as never
  const source = { bucket: bucket.name, key: 'source', conditions: {} }
  await finish(put(bucket.name, 'source', 'first'))
  const writes = {
    small: () => put(bucket.name, 'small', 'first'),
    large: () => put(bucket.name, 'large', Buffer.alloc(100_000, 'first')),
    copy: () => store.copyObject({ bucket: bucket.name, key: 'copy', source } as never, context()),
  }
  for (const [key, write] of Object.entries(writes)) {
    await finish(write() as Promise<unknown>)
    const [, lost] = submits.findLast(([name]) => name === 'putEntry') ?? []
    await finish(put(bucket.name, key, 'second'))
    await finish(submit('putEntry', lost, { resent: true }))
    assert.equal((await finish(get(bucket.name, key))).toString(), 'second', key)
    await finish(store.deleteObject({ bucket: bucket.name, key }, context()))
    await finish(submit('putEntry', lost, { resent: true }))
    await assert.rejects(finish(get(bucket.name, key)), code('NoSuchKey'), key)
  }
})

test('keeper: a write that has happened is not refused with a batch that finds no space', async () => {
  const { keeper, store, drive, finish, upload } = await openKeeper()
  const submit = keeper.submit.bind(keeper) as (name: string, input: unknown, options?: object) => Promise<never>
  let sent: unknown
  keeper.submit = ((name: string, input: unknown) => {
    sent = input
    return submit(name, input)
  }) as never
  await finish(actions(store).put(bucket.name, 'k', Buffer.alloc(2_000_000, 'k')))
  keeper.submit = submit as never
  drive.failAt(1, 'ENOSPC', /^write journal/)
  const results = await finish(Promise.allSettled([upload(), submit('putEntry', sent, { resent: true })]))
  assert.deepEqual(outcomes(results), ['InsufficientStorage', 'done'])
})
