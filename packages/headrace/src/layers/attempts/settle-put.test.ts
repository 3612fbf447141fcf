import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ObjectInfo, WriteConditions } from '@headrace/s3'
import { code } from '../../../test/conformance/harness.ts'
import { settlePut } from './settle-put.ts'

const sentMs = Date.UTC(2026, 0, 1)
const clockSkewMsMax = 15 * 60_000
const longAgoMs = sentMs - clockSkewMsMax - 1

function found(etag: string, lastModifiedMs: number, mark?: string): ObjectInfo {
  const metadata: Record<string, string> = mark === undefined ? {} : { 'headrace-write': mark }
  return { sizeBytes: 1, etag, lastModifiedMs, content: {}, metadata, storageClass: 'STANDARD', tagCount: 0 }
}

function settle(conditions: WriteConditions, object: ObjectInfo | undefined, mark: string | undefined = 'ours') {
  return settlePut({ conditions, mark, sentMs, clockSkewMsMax }, object)
}

const create: WriteConditions = { ifNoneMatch: '*' }
const swap: WriteConditions = { ifMatch: ['before'] }

test('settlePut: our mark says that it was done, whatever the time', () => {
  for (const conditions of [create, swap]) {
    for (const ms of [longAgoMs, sentMs, sentMs + 1]) {
      const object = { ...found('e', ms, 'ours'), versionId: 'v' }
      const { etag, sizeBytes, versionId } = settle(conditions, object) ?? {}
      assert.deepEqual({ etag, sizeBytes, versionId }, { etag: 'e', sizeBytes: 1, versionId: 'v' })
    }
  }
})

test('settlePut: what was there before, and does not meet the condition, refused it', () => {
  for (const mark of [undefined, 'theirs']) {
    assert.throws(() => settle(create, found('e', longAgoMs, mark)), code('PreconditionFailed'))
    assert.throws(() => settle(swap, found('e', longAgoMs, mark)), code('PreconditionFailed'))
  }
})

test('settlePut: all else proves nothing', () => {
  assert.equal(settle(create, undefined), undefined)
  assert.equal(settle(swap, undefined), undefined)
  assert.equal(settle(swap, found('before', longAgoMs)), undefined, 'it may still come')
  // It may have replaced ours, or have been there before.
  for (const ms of [longAgoMs + 1, sentMs, sentMs + 1]) {
    assert.equal(settle(create, found('e', ms, 'theirs')), undefined)
    assert.equal(settle(swap, found('e', ms)), undefined)
  }
  assert.equal(
    settlePut({ conditions: create, mark: undefined, sentMs, clockSkewMsMax }, found('e', sentMs)),
    undefined,
  )
})
