import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { HeadObjectOutput, ObjectInfo, Selection } from '@headrace/s3'
import { selectReply } from './select-reply.ts'

function answer(sizeBytes: number, selection?: Selection, more: Partial<ObjectInfo> = {}): HeadObjectOutput {
  const info = {
    sizeBytes,
    etag: 'e',
    lastModifiedMs: 0,
    content: {},
    metadata: {},
    storageClass: 'STANDARD',
    tagCount: 0,
  }
  return { info: { ...info, ...more }, ...(selection && { selection }) }
}

test('selectReply: what was asked for, and sent', () => {
  const selection = { first: 2, last: 4 }
  assert.equal(selectReply({}, answer(10)), undefined)
  assert.deepEqual(selectReply({ range: selection }, answer(10, selection)), selection)
  assert.deepEqual(selectReply({ range: { first: 2, last: 99 } }, answer(5, selection)), selection)
  assert.deepEqual(selectReply({ range: { suffixBytes: 3 } }, answer(5, selection)), selection)
  assert.deepEqual(selectReply({ partNumber: 2 }, answer(10, selection)), selection)
})

test('selectReply: a range that the upstream ignored is cut out', () => {
  assert.deepEqual(selectReply({ range: { first: 2 } }, answer(5)), { first: 2, last: 4 })
  assert.throws(() => selectReply({ range: { first: 5 } }, answer(5)), { code: 'InvalidRange' })
  assert.equal(selectReply({ range: { suffixBytes: 5 } }, answer(0)), undefined)
  assert.equal(selectReply({ range: { first: 2 }, ifRange: { etag: 'f' } }, answer(5)), undefined)
  assert.deepEqual(selectReply({ range: { first: 2 }, ifRange: { etag: 'e' } }, answer(5)), { first: 2, last: 4 })
})

test('selectReply: a range that was not asked for is none', () => {
  const wrong = { code: 'InternalError', origin: 'upstream' }
  assert.throws(() => selectReply({}, answer(10, { first: 0, last: 9 })), wrong)
  assert.throws(() => selectReply({ range: { first: 2, last: 4 } }, answer(10, { first: 2, last: 5 })), wrong)
  assert.throws(() => selectReply({ range: { first: 2 } }, answer(10, { first: 0, last: 9 })), wrong)
})

test('selectReply: a part of an object that has but one, or of an upstream that knows none', () => {
  assert.deepEqual(selectReply({ partNumber: 1 }, answer(10)), { first: 0, last: 9 })
  assert.deepEqual(selectReply({ partNumber: 1 }, answer(10, undefined, { partsCount: 1 })), { first: 0, last: 9 })
  assert.equal(selectReply({ partNumber: 1 }, answer(0)), undefined)
  assert.throws(() => selectReply({ partNumber: 2 }, answer(10)), { code: 'InvalidPart' })
  assert.throws(() => selectReply({ partNumber: 1 }, answer(10, undefined, { partsCount: 3 })), {
    code: 'NotImplemented',
  })
})
