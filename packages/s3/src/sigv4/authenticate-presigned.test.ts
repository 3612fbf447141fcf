import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Headers } from '../headers.ts'
import { parseTarget } from '../target.ts'
import { authenticate } from './authenticate.ts'
import type { AuthenticateOptions } from './authentication.ts'
import { presign } from './sign.ts'

const nowMs = Date.UTC(2026, 10, 21, 13, 41)
const credentials = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretKey: 'secret' }
const host = ['host', 's3.example.com']
const options: AuthenticateOptions = { nowMs, region: 'eu-central-1', secretOf: () => 'secret' }

function url(changes: { headers?: string[]; payloadHash?: string; target?: string } = {}): string {
  const { headers = [], target = '/photos/a?response-expires=0', payloadHash } = changes
  const request = { method: 'GET', target, headers: [...host, ...headers], ...(payloadHash && { payloadHash }) }
  return presign(request, { credentials, region: 'eu-central-1', nowMs, expiresSeconds: 600 })
}

function open(target: string, headers: string[] = [], with_: Partial<AuthenticateOptions> = {}) {
  const request = { method: 'GET', target: parseTarget(target), headers: new Headers([...host, ...headers]) }
  return authenticate(request, { ...options, ...with_ })
}

const malformed = { code: 'AuthorizationQueryParametersError' }

test('authenticatePresigned: whoever has the URL may open it', () => {
  assert.deepEqual(open(url()), { accessKeyId: credentials.accessKeyId, payload: { kind: 'unsigned' } })
  assert.ok(open(url(), ['range', 'bytes=0-1', 'content-type', 'text/plain']).accessKeyId)
})

test('authenticatePresigned: what is changed does not verify', () => {
  const code = 'SignatureDoesNotMatch'
  assert.throws(() => open(url().replace('/photos/a', '/photos/b')), { code })
  assert.throws(() => open(url().replace('Expires=600', 'Expires=601')), { code })
  assert.throws(() => open(`${url()}&versionId=1`), { code })
  assert.throws(() => open(`${url()}&response-expires=1`), { code })
  assert.throws(() => open(url().replace('response-expires=0&', '')), { code })
  assert.throws(() => open(url(), ['host', 'again.example.com']), { code })
})

test('authenticatePresigned: each parameter must be there, once', () => {
  for (const name of ['Algorithm', 'Credential', 'Date', 'Expires', 'SignedHeaders', 'Signature']) {
    const parameter = new RegExp(`&X-Amz-${name}=([^&]*)`)
    assert.throws(() => open(url().replace(parameter, '')), { ...malformed, message: /requires the X-Amz-Algorithm/ })
    assert.throws(() => open(url().replace(parameter, `&X-Amz-${name}=`)), malformed)
    assert.throws(() => open(`${url()}${parameter.exec(url())?.[0]}`), { ...malformed, message: /more than once/ })
    const lower = url().replace(parameter, `&x-amz-${name.toLowerCase()}=$1`)
    assert.throws(() => open(lower), malformed)
  }
  const hashed = url({ payloadHash: 'UNSIGNED-PAYLOAD' })
  assert.throws(() => open(`${hashed}&X-Amz-Content-Sha256=${'ab'.repeat(32)}`), { message: /more than once/ })
})

test('authenticatePresigned: values that are not what they should be', () => {
  const change = (name: string, value: string) =>
    url().replace(new RegExp(`X-Amz-${name}=[^&]*`), `X-Amz-${name}=${value}`)
  assert.throws(() => open(change('Algorithm', 'AWS4-HMAC-SHA1')), { ...malformed, message: /only supports/ })
  assert.throws(() => open(change('Credential', 'a%2Fb')), malformed)
  assert.throws(() => open(change('Credential', 'a%2F20261120%2Feu-central-1%2Fs3%2Faws4_request')), malformed)
  assert.throws(() => open(change('Date', '2026-11-21')), { ...malformed, message: /ISO8601/ })
  for (const expires of ['soon', '1.5', '0x10', '1e3', '+1']) {
    assert.throws(() => open(change('Expires', expires)), { ...malformed, message: /number/ })
  }
  for (const expires of ['-7', '604801', '9'.repeat(400)]) {
    assert.throws(() => open(change('Expires', expires)), { code: 'AccessDenied', message: /a week/ })
  }
  assert.throws(() => open(url(), [], { region: 'us-east-1' }), { ...malformed, details: { Region: 'us-east-1' } })
  assert.throws(() => open(url(), [], { secretOf: () => undefined }), { code: 'InvalidAccessKeyId' })
})

test('authenticatePresigned: until it expires, and a quarter of an hour before it begins', () => {
  assert.ok(open(url(), [], { nowMs: nowMs + 600_000 }).accessKeyId)
  assert.throws(() => open(url(), [], { nowMs: nowMs + 600_001 }), {
    code: 'AccessDenied',
    message: 'Request has expired',
    details: {
      'X-Amz-Expires': '600',
      Expires: '2026-11-21T13:51:00.000Z',
      ServerTime: '2026-11-21T13:51:00.001Z',
    },
  })
  assert.ok(open(url(), [], { nowMs: nowMs - 900_000 }).accessKeyId)
  assert.throws(() => open(url(), [], { nowMs: nowMs - 900_001 }), {
    code: 'AccessDenied',
    message: 'Request is not valid yet',
  })
  assert.throws(() => open(url().replace('Expires=600', 'Expires=0'), [], { nowMs: nowMs + 1 }), {
    code: 'AccessDenied',
  })
})

test('authenticatePresigned: signed headers must come, and come as they were', () => {
  const signed = url({ headers: ['x-amz-meta-a', '1'] })
  assert.ok(open(signed, ['x-amz-meta-a', '1']).accessKeyId)
  assert.throws(() => open(signed, ['x-amz-meta-a', '2']), { code: 'SignatureDoesNotMatch' })
  assert.throws(() => open(signed), { code: 'SignatureDoesNotMatch' })
  assert.throws(() => open(url(), ['x-amz-meta-a', '1']), {
    code: 'AccessDenied',
    details: { HeadersNotSigned: 'x-amz-meta-a' },
  })
  assert.throws(() => open(url().replace('SignedHeaders=host', 'SignedHeaders=date')), { code: 'AccessDenied' })
})

test('authenticatePresigned: the payload is unsigned unless the query or a signed header says otherwise', () => {
  const sha256Hex = 'ab'.repeat(32)
  assert.deepEqual(open(url({ payloadHash: sha256Hex })).payload, { kind: 'signed', sha256Hex })
  const streaming = open(url({ payloadHash: 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER' }))
  assert.deepEqual(streaming.payload, { kind: 'chunked', signed: true, trailer: true })
  assert.ok(streaming.chunkSigner)
  // An unsigned header cannot take the place of the hash that was signed into the URL.
  assert.throws(() => open(url({ payloadHash: sha256Hex }), ['x-amz-content-sha256', 'UNSIGNED-PAYLOAD']), {
    code: 'AccessDenied',
  })
})
