import assert from 'node:assert/strict'
import { test } from 'node:test'
import { S3Error } from '@headrace/s3'
import { actions, code, context } from '../../test/conformance/harness.ts'
import { runtime } from '../../test/open-store.ts'
import { type Deferred, deferred } from '../../test/support/waiting.ts'
import { override, pipeline } from '../core/layer.ts'
import { createMemoryStore } from '../store/memory/memory-store.ts'
import { admit } from './admit.ts'

/** A memory store whose `headBucket` waits for the test, behind an admission of two. */
function slowStore() {
  const waiting: Deferred[] = []
  const slow = override(() => ({
    async headBucket({ bucket }) {
      const wait = deferred()
      waiting.push(wait)
      await wait.promise
      return {
        bucket: { name: bucket, createdMs: 0, owner: { id: '', displayName: '' }, location: '', acl: 'private' },
      }
    },
  }))
  const store = pipeline(createMemoryStore(runtime), [admit({ inFlightMax: 2 }), slow])
  return { store, waiting, head: () => store.headBucket({ bucket: 'b' }, context()) }
}

test('admit: what is above the limit is shed at once, and told when to come again', async () => {
  const { head, waiting } = slowStore()
  const admitted = [head(), head()]
  await assert.rejects(head(), (error) => {
    assert.ok(error instanceof S3Error)
    assert.equal(error.code, 'SlowDown')
    assert.equal(error.status, 503)
    assert.deepEqual(error.headers, { 'retry-after': '1' })
    return true
  })
  assert.equal(waiting.length, 2, 'the store never hears of what was shed')
  for (const wait of waiting) wait.resolve()
  await Promise.all(admitted)
})

test('admit: a place is free again after a reply, and after a failure', async () => {
  const { head, waiting } = slowStore()
  const first = head()
  const second = head()
  waiting[0]?.resolve()
  await first
  const third = head()
  await assert.rejects(head(), code('SlowDown'))
  waiting[1]?.reject(new Error('the drive failed'))
  await assert.rejects(second, /the drive failed/)
  const fourth = head()
  await assert.rejects(head(), code('SlowDown'))
  for (const wait of waiting) wait.resolve()
  await Promise.all([third, fourth])
})

test('admit: an operation that throws before it waits gives its place back too', async () => {
  const broken = override(() => ({
    headBucket() {
      throw new Error('a bug')
    },
  }))
  const store = pipeline(createMemoryStore(runtime), [admit({ inFlightMax: 1 }), broken])
  for (let i = 0; i < 3; i += 1) await assert.rejects(store.headBucket({ bucket: 'b' }, context()), /a bug/)
})

test('admit: an open reader holds no place', async () => {
  const store = pipeline(createMemoryStore(runtime), [admit({ inFlightMax: 1 })])
  const { create, put } = actions(store)
  await create('bucket')
  await put('bucket', 'k', 'bytes')
  const readers = [
    await store.getObject({ bucket: 'bucket', key: 'k' }, context()),
    await store.getObject({ bucket: 'bucket', key: 'k' }, context()),
  ]
  for (const reader of readers) await reader.close()
})
