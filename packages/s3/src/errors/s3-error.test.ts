import assert from 'node:assert/strict'
import { test } from 'node:test'
import { S3Error } from './s3-error.ts'
import { type S3ErrorCode, s3Errors } from './table.ts'

test('S3Error: the row of its code, unless the thrower says more', () => {
  const plain = new S3Error('NoSuchKey')
  assert.ok(plain instanceof Error)
  assert.deepEqual([plain.name, plain.code, plain.status], ['S3Error', 'NoSuchKey', 404])
  assert.equal(plain.message, 'The specified key does not exist.')
  assert.deepEqual([plain.details, plain.headers, plain.cause], [{}, {}, undefined])
  assert.ok(!('cause' in plain))
  assert.equal(new S3Error('NoSuchKey', 'Gone.').message, 'Gone.')
  const cause = new Error('disk')
  const full = new S3Error('SlowDown', { message: 'm', cause, details: { A: 'b' }, headers: { 'retry-after': '1' } })
  assert.deepEqual(
    [full.message, full.cause, full.details, full.headers],
    ['m', cause, { A: 'b' }, { 'retry-after': '1' }],
  )
})

test('S3Error: who can act on it', () => {
  assert.equal(new S3Error('NoSuchKey').origin, 'client')
  assert.equal(new S3Error('InternalError').origin, 'gateway')
  assert.equal(new S3Error('SlowDown', { origin: 'upstream' }).origin, 'upstream')
})

test('s3Errors: statuses are of errors, and what may be retried says so', () => {
  for (const code of Object.keys(s3Errors) as S3ErrorCode[]) {
    const { row } = new S3Error(code)
    assert.ok(row.status === 304 || (row.status >= 400 && row.status < 600), code)
    assert.ok(row.message.length > 0, code)
    if (row.retryable === true)
      assert.match(code, /^(ConditionalRequestConflict|InternalError|RequestTimeout|ServiceUnavailable|SlowDown)$/)
  }
})
