import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ObjectReader } from '@headrace/s3'
import { actions, bodyOf, code, context } from '../../../test/conformance/harness.ts'
import { type OpenedSimStore, SimMachine } from '../../../test/support/sim-store.ts'
import { deferred } from '../../../test/support/waiting.ts'
import { storeFigures } from '../../processes/store-figures.ts'
import { BackgroundWriter } from '../background-writer.ts'
import type { Worker } from '../worker.ts'
import { compactSegments } from './compact-segments.ts'
import { emptyTrash } from './empty-trash.ts'
import { forgetCompleted } from './forget-completed.ts'
import { sweepSessions } from './sweep-sessions.ts'
import { sweepUploads } from './sweep-uploads.ts'

const bucket = 'bucket'
const middle = Buffer.alloc(100_000, 'middle')
const large = Buffer.alloc(1_100_000, 'large')

/** A machine with an open store that has a bucket. What is awaited here takes simulated time. */
class Workplace extends SimMachine {
  opened: OpenedSimStore | undefined

  get here(): OpenedSimStore {
    return this.opened as OpenedSimStore
  }

  get do(): ReturnType<typeof actions> {
    return actions(this.here.store)
  }

  static async begin(): Promise<Workplace> {
    const place = new Workplace()
    await place.reopen()
    await place.finish(place.do.create(bucket))
    return place
  }

  async reopen(): Promise<void> {
    if (this.opened !== undefined) await this.finish(this.here.close())
    this.opened = await this.finish(this.open())
  }

  /** The process is killed, and another begins. */
  async restart(): Promise<void> {
    this.kill()
    this.opened = await this.finish(this.open())
  }

  put(key: string, bytes: Uint8Array): Promise<unknown> {
    return this.finish(this.do.put(bucket, key, bytes))
  }

  remove(key: string): Promise<unknown> {
    return this.finish(this.here.store.deleteObject({ bucket, key }, context()))
  }

  async get(key: string): Promise<Buffer> {
    return await this.finish(this.do.get(bucket, key))
  }

  async readAll(reader: ObjectReader): Promise<Buffer> {
    const chunks: Buffer[] = []
    const write = (chunk: Uint8Array) => {
      chunks.push(Buffer.from(chunk))
      return undefined
    }
    await this.finish(reader.readInto({ write }))
    return Buffer.concat(chunks)
  }

  /** @returns how many steps found something to do */
  async work(worker: Worker): Promise<number> {
    for (let steps = 0; ; steps += 1)
      if ((await this.finish(worker.step(new AbortController().signal))) === 'idle') return steps
  }

  emptyTrash(): Promise<number> {
    const { keeperStore, oldestSeq } = this.here
    return this.work(emptyTrash(keeperStore, oldestSeq))
  }

  compaction(): Worker {
    const { keeperStore } = this.here
    return compactSegments(keeperStore, new BackgroundWriter(keeperStore))
  }

  /** Gateways look up the newest commit from time to time; then reads that begin are past it. */
  passSecond(): void {
    this.clock.advance(1_000)
  }
}

test('empty-trash: removes the files of what was deleted, and nothing else', async () => {
  const place = await Workplace.begin()
  await place.put('kept', large)
  await place.put('replaced', large)
  await place.put('deleted', large)
  await place.put('replaced', large.subarray(1))
  await place.remove('deleted')
  place.passSecond()
  assert.equal(place.files('chunks').length, 4)
  await place.emptyTrash()
  assert.equal(place.files('chunks').length, 2)
  assert.ok((await place.get('kept')).equals(large))
  assert.ok((await place.get('replaced')).equals(large.subarray(1)))
  assert.equal(await place.emptyTrash(), 0)
})

test('empty-trash: what somebody may be reading stays until that is over', async () => {
  const place = await Workplace.begin()
  await place.put('read', large)
  place.passSecond()
  const reader = await place.finish(place.here.store.getObject({ bucket, key: 'read' }, context()))
  await place.remove('read')
  place.passSecond()
  assert.equal(await place.emptyTrash(), 0)
  assert.ok((await place.readAll(reader)).equals(large))
  await reader.close()
  place.passSecond()
  await place.emptyTrash()
  assert.deepEqual(place.files('chunks'), [])
})

test('empty-trash: a file that could not be removed is tried again', async () => {
  const place = await Workplace.begin()
  await place.put('k', large)
  await place.remove('k')
  place.passSecond()
  place.drive.failAt(1, 'EIO')
  await assert.rejects(place.emptyTrash(), { code: 'EIO' })
  assert.equal(place.files('chunks').length, 1)
  await place.emptyTrash()
  assert.deepEqual(place.files('chunks'), [])
})

/** Ten objects in one sealed segment, of which two are left. */
async function withGarbage(): Promise<Workplace> {
  const place = await Workplace.begin()
  for (let number = 0; number < 10; number += 1) await place.put(`k${number}`, middle.subarray(number))
  await place.reopen()
  for (let number = 2; number < 10; number += 1) await place.remove(`k${number}`)
  place.passSecond()
  await place.emptyTrash()
  assert.equal(place.files('segments').length, 1)
  return place
}

test('compact-segments: copies what is left of a half-empty segment, and its space comes back', async () => {
  const place = await withGarbage()
  const before = [...place.sim.files()].find(([path]) => path.startsWith('segments/'))?.[1] ?? 0
  assert.equal(await place.work(place.compaction()), 1)
  place.passSecond()
  await place.emptyTrash()
  const [path, ...others] = place.files('segments')
  assert.deepEqual(others, [])
  assert.ok((place.sim.files().get(path as string) ?? 0) < before / 4)
  for (const number of [0, 1]) assert.ok((await place.get(`k${number}`)).equals(middle.subarray(number)))
  await place.restart()
  for (const number of [0, 1]) assert.ok((await place.get(`k${number}`)).equals(middle.subarray(number)))
})

test('compact-segments: a read that is under way goes on where it began', async () => {
  const place = await withGarbage()
  const reader = await place.finish(place.here.store.getObject({ bucket, key: 'k0' }, context()))
  await place.work(place.compaction())
  place.passSecond()
  await place.emptyTrash()
  assert.equal(place.files('segments').length, 2, 'the old segment stays')
  assert.ok((await place.readAll(reader)).equals(middle))
  await reader.close()
})

test('compact-segments: an object that is deleted while it is moved stays deleted', async () => {
  const place = await withGarbage()
  const step = place.compaction().step(new AbortController().signal)
  const removal = place.here.store.deleteObject({ bucket, key: 'k0' }, context())
  await place.finish(Promise.all([step, removal]))
  await assert.rejects(place.get('k0'), code('NoSuchKey'))
  assert.ok((await place.get('k1')).equals(middle.subarray(1)))
})

test('compact-segments: a segment that is mostly used, or still appended to, is left alone', async () => {
  const place = await Workplace.begin()
  await place.put('appended', middle)
  await place.remove('appended')
  assert.equal(await place.work(place.compaction()), 0)
  await place.reopen()
  for (const key of ['a', 'b', 'c']) await place.put(key, middle)
  await place.reopen()
  await place.remove('a')
  place.passSecond()
  await place.emptyTrash()
  assert.equal(await place.work(place.compaction()), 0)
})

test('compact-segments: on a drive that is nearly full less garbage is enough, if there is room for the copies', async () => {
  const place = await Workplace.begin()
  for (const key of ['a', 'b', 'c']) await place.put(key, middle)
  await place.reopen()
  await place.remove('a')
  place.passSecond()
  await place.emptyTrash()
  const compact = async (freeBytes: number) => {
    place.sim.space = async () => ({ freeBytes, totalBytes: 10_000_000 })
    return await place.work(place.compaction())
  }
  assert.equal(await compact(2_000_000), 0)
  assert.equal(await compact(100_000), 0)
  assert.equal(await compact(1_000_000), 1)
})

test('sweep-sessions: what a killed process was writing is cleared away, what it had committed is not', async () => {
  const place = await Workplace.begin()
  await place.put('kept', large)
  await place.put('packed', middle)
  const never = deferred()
  const endless = {
    ...bodyOf(large),
    async readInto(...args: Parameters<ReturnType<typeof bodyOf>['readInto']>) {
      await bodyOf(Buffer.alloc(3_000_000)).readInto(...args)
      await never.promise
      throw new Error('it never ends')
    },
  }
  const input = { bucket, key: 'cut off', body: endless, content: {}, metadata: {}, tags: [] }
  place.here.store.putObject(input, context()).catch(() => {})
  await place.finish(place.clock.sleep(100))
  assert.equal(place.files('tmp').length, 1)
  await place.restart()
  await place.work(sweepSessions(place.here.keeperStore))
  assert.deepEqual(place.files('tmp'), [])
  assert.ok((await place.get('kept')).equals(large))
  assert.ok((await place.get('packed')).equals(middle))
  const line = place.events.lines.find(({ fields }) => fields.removed === 1)
  assert.match(String(line?.message), /cleared away/)
})

test('sweep-sessions: a chunk that was never committed goes, and the segments are sealed', async () => {
  const place = await Workplace.begin()
  await place.put('packed', middle)
  await place.put('kept', large)
  // The chunk is in its place, and then its commit finds a broken journal.
  place.drive.failAt(1, 'EIO', /^write journal/)
  await assert.rejects(place.put('lost', large))
  assert.equal(place.failures.length, 1)
  assert.equal(place.files('chunks').length, 2)
  await place.restart()
  await place.work(sweepSessions(place.here.keeperStore))
  assert.equal(place.files('chunks').length, 1)
  assert.ok((await place.get('kept')).equals(large))
  await place.remove('packed')
  place.passSecond()
  await place.emptyTrash()
  assert.deepEqual(place.files('segments'), [], 'an empty segment goes only when it is sealed')
})

test('sweep-sessions: segments that were only begun are gone for good', async () => {
  const place = await Workplace.begin()
  for (let count = 0; count < 8; count += 1) {
    place.drive.failAt(1, 'EIO', /^rename segments/)
    await assert.rejects(place.put('packed', middle))
  }
  place.drive.heal()
  assert.equal(place.files('segments').length, 8)
  await place.restart()
  await place.work(sweepSessions(place.here.keeperStore))
  place.kill({ withPowerCut: true })
  assert.deepEqual(place.files('segments'), [])
})

test('sweep-sessions: a process that lives is left alone', async () => {
  const place = await Workplace.begin()
  await place.put('packed', middle)
  assert.equal(await place.work(sweepSessions(place.here.keeperStore)), 0)
  await place.put('packed too', middle)
})

test('sweep-uploads: uploads of a bucket that is gone are removed with their parts', async () => {
  const place = await Workplace.begin()
  const uploads: string[] = []
  for (let number = 0; number < 20; number += 1) {
    const uploadId = await place.finish(place.do.upload(bucket, `k${number}`))
    uploads.push(uploadId)
    if (number < 2) await place.finish(place.do.part(bucket, `k${number}`, uploadId, 1, large))
  }
  assert.equal(await place.work(sweepUploads(place.here.keeperStore)), 0, 'their bucket is there')
  await place.finish(place.here.store.deleteBucket({ bucket }, context()))
  await place.finish(place.do.create(bucket))
  const kept = await place.finish(place.do.upload(bucket, 'kept'))
  assert.equal(await place.work(sweepUploads(place.here.keeperStore)), 2, '16 in a step')
  place.passSecond()
  await place.emptyTrash()
  assert.deepEqual(place.files('chunks'), [])
  await place.finish(place.do.part(bucket, 'kept', kept, 1, middle))
})

test('forget-completed: a completion is remembered for a day', async () => {
  const place = await Workplace.begin()
  const uploadId = await place.finish(place.do.upload(bucket, 'k'))
  const parts = [await place.finish(place.do.part(bucket, 'k', uploadId, 1, middle))]
  const complete = () =>
    place.finish(place.here.store.completeMultipartUpload({ bucket, key: 'k', uploadId, parts }, context()))
  const first = await complete()
  place.clock.advance(23 * 3600 * 1000)
  assert.equal(await place.work(forgetCompleted(place.here.keeperStore)), 0)
  assert.deepEqual(await complete(), first)
  place.clock.advance(2 * 3600 * 1000)
  assert.equal(await place.work(forgetCompleted(place.here.keeperStore)), 1)
  await assert.rejects(complete(), code('NoSuchUpload'))
  assert.ok((await place.get('k')).equals(middle))
})

test('storeFigures: what the store holds, and what it has of it on the drive', async () => {
  const place = await Workplace.begin()
  await place.put('a', middle)
  await place.put('b', large)
  await place.put('b', Buffer.from('small'))
  const figures = await place.finish(storeFigures(place.here.keeperStore))
  const { buckets, objects, bytes, trashEntries, segments } = figures
  assert.deepEqual(
    { buckets, objects, bytes, trashEntries, segments },
    { buckets: 1, objects: 2, bytes: middle.length + 5, trashEntries: 1, segments: 1 },
  )
  assert.ok(figures.journalBytes > 0 && figures.freeBytes <= figures.totalBytes)
})
