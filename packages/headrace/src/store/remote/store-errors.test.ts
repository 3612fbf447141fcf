import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Headers, S3Error } from '@headrace/s3'
import { AttemptError, attemptErrorOf } from '../../core/attempt.ts'
import { exchangeError, refusalError } from './store-errors.ts'

const nowMs = Date.UTC(2026, 10, 21, 13, 41)

function refused(code: S3Error['code'], status: number, more: { header?: string; upstreamCode?: string } = {}) {
  const details: Record<string, string> = more.upstreamCode === undefined ? {} : { UpstreamCode: more.upstreamCode }
  const headers = new Headers(more.header === undefined ? [] : ['retry-after', more.header])
  const error = new S3Error(code, { origin: 'upstream', details, message: 'as the upstream says' })
  return refusalError(error, { upstream: 'a:1', reply: { status, headers }, nowMs })
}

test('refusalError: what it is about the request keeps its code, and no attempt failed', () => {
  for (const [code, status] of [
    ['NoSuchKey', 404],
    ['AccessDenied', 403],
    ['PreconditionFailed', 412],
    ['NotModified', 304],
    ['NotImplemented', 501],
    ['InsufficientStorage', 507],
    ['InternalError', 301],
  ] as const) {
    const error = refused(code, status)
    assert.deepEqual([error.code, error.message, attemptErrorOf(error)], [code, 'as the upstream says', undefined])
  }
})

test('refusalError: the troubles of an upstream are failed attempts', () => {
  const faults = [
    ['SlowDown', 503, 'throttled'],
    ['SlowDown', 429, 'throttled'],
    ['ServiceUnavailable', 503, 'unavailable'],
    ['InternalError', 500, 'unavailable'],
    // In the place of the document of a success.
    ['InternalError', 200, 'unavailable'],
    ['SlowDown', 200, 'throttled'],
    ['RequestTimeout', 400, 'timeout'],
  ] as const
  for (const [code, status, fault] of faults) {
    const error = refused(code, status)
    const attempt = attemptErrorOf(error)
    assert.deepEqual(
      [error.code, attempt?.fault, attempt?.status, attempt?.upstream, attempt?.wasSent],
      [code, fault, status, 'a:1', true],
    )
  }
  const skewed = refused('RequestTimeTooSkewed', 403)
  assert.deepEqual([skewed.code, attemptErrorOf(skewed)?.fault], ['ServiceUnavailable', 'unavailable'])
})

test('refusalError: how long to wait, in seconds or until a date', () => {
  const waitMs = (header: string) => attemptErrorOf(refused('SlowDown', 503, { header }))?.retryAfterMs
  assert.equal(waitMs('3'), 3_000)
  assert.equal(waitMs('Sat, 21 Nov 2026 13:41:05 GMT'), 5_000)
  assert.equal(waitMs('Sat, 21 Nov 2026 13:40:05 GMT'), 0)
  assert.equal(waitMs('soon'), undefined)
})

test('refusalError: our own credentials are not those of the client', () => {
  for (const [code, upstreamCode] of [
    ['InvalidAccessKeyId', undefined],
    ['SignatureDoesNotMatch', undefined],
    ['InvalidRequest', 'ExpiredToken'],
  ] as const) {
    const error = refused(code, 400, upstreamCode === undefined ? {} : { upstreamCode })
    assert.equal(error.code, 'InternalError')
    assert.equal(error.details.UpstreamCode, upstreamCode ?? code)
    assert.equal(attemptErrorOf(error), undefined)
  }
})

test('exchangeError: no reply', () => {
  const saturated = new AttemptError({ fault: 'saturated', wasSent: false })
  assert.equal((exchangeError(saturated) as S3Error).code, 'SlowDown')
  for (const fault of ['connect', 'reset', 'timeout', 'truncated'] as const) {
    const failure = new AttemptError({ fault, upstream: 'a:1', wasSent: true })
    const error = exchangeError(failure) as S3Error
    assert.deepEqual([error.code, error.origin], ['ServiceUnavailable', 'connection'])
    assert.equal(attemptErrorOf(error), failure)
  }
  const other = new Error('a bug')
  assert.equal(exchangeError(other), other)
})
