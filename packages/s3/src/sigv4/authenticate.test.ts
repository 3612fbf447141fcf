import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Headers } from '../headers.ts'
import { parseTarget } from '../target.ts'
import { authenticate } from './authenticate.ts'
import type { AuthenticateOptions } from './authentication.ts'
import { signRequest } from './sign.ts'

const nowMs = Date.UTC(2026, 10, 21, 13, 41)
const credentials = { accessKeyId: 'AKIA/with/slashes', secretKey: 'sëcret' }
const region = 'eu-central-1'
const host = ['host', 's3.example.com']
const options: AuthenticateOptions = {
  nowMs,
  region,
  secretOf: (id) => (id === credentials.accessKeyId ? credentials.secretKey : undefined),
}

interface Changes {
  readonly method?: string
  readonly target?: string
  readonly headers?: readonly string[]
  readonly payloadHash?: string
  /** When the client signs. */
  readonly signedMs?: number
  /** Changes of what was signed, on the way. */
  readonly onTheWay?: (headers: string[]) => string[]
  readonly sentTarget?: string
}

function send(changes: Changes = {}, with_: Partial<AuthenticateOptions> = {}) {
  const { method = 'GET', target = '/photos/a', headers = [], signedMs = nowMs, payloadHash } = changes
  const request = { method, target, headers: [...host, ...headers], ...(payloadHash && { payloadHash }) }
  const signed = signRequest(request, { credentials, region, nowMs: signedMs })
  const received = changes.onTheWay?.([...signed.headers]) ?? signed.headers
  const sent = parseTarget(changes.sentTarget ?? target)
  return authenticate({ method, target: sent, headers: new Headers(received) }, { ...options, ...with_ })
}

function replace(name: string, change: (value: string) => string | undefined) {
  return (headers: string[]) => {
    const at = headers.findIndex((text, index) => index % 2 === 0 && text === name)
    const value = change(headers[at + 1] as string)
    headers.splice(at, 2, ...(value === undefined ? [] : [name, value]))
    return headers
  }
}

const authorization = (change: (value: string) => string | undefined) => ({
  onTheWay: replace('authorization', change),
})

test('authenticate: a signed request is its signer’s', () => {
  assert.deepEqual(send(), { accessKeyId: credentials.accessKeyId, payload: { kind: 'unsigned' } })
  assert.equal(send({ target: '/photos/a?b=%2F&c' }).accessKeyId, credentials.accessKeyId)
  assert.equal(send({ headers: ['X-Amz-Meta-A', ' 1   2 ', 'x-amz-meta-a', '3'] }).accessKeyId, credentials.accessKeyId)
})

test('authenticate: a request without a signature is nobody’s', () => {
  const request = { method: 'GET', target: parseTarget('/photos/a?X-Amz-Date=1'), headers: new Headers(host) }
  assert.deepEqual(authenticate(request, options), { accessKeyId: undefined, payload: { kind: 'unsigned' } })
  const hash = 'ab'.repeat(32)
  const hashed = { ...request, headers: new Headers([...host, 'x-amz-content-sha256', hash.toUpperCase()]) }
  assert.deepEqual(authenticate(hashed, options).payload, { kind: 'signed', sha256Hex: hash })
})

test('authenticate: what a man in the middle changes does not verify', () => {
  const code = 'SignatureDoesNotMatch'
  assert.throws(() => send({ sentTarget: '/photos/b' }), { code })
  assert.throws(() => send({ sentTarget: '/photos/a?acl' }), { code })
  assert.throws(() => send({ target: '/a?b=1', sentTarget: '/a?b=2' }), { code })
  assert.throws(() => send({ target: '/a?b=1', sentTarget: '/a?b=1&b=1' }), { code })
  assert.throws(() => send({ onTheWay: replace('host', () => 'evil.example.com') }), { code })
  assert.throws(() => send({ headers: ['range', 'bytes=0-1'], onTheWay: replace('range', () => 'bytes=0-2') }), {
    code,
  })
  assert.throws(() => send({ onTheWay: replace('x-amz-content-sha256', () => 'ab'.repeat(32)) }), { code })
  const { headers } = signRequest({ method: 'GET', target: '/a', headers: host }, { credentials, region, nowMs })
  const put = { method: 'PUT', target: parseTarget('/a'), headers: new Headers(headers) }
  assert.throws(() => authenticate(put, options), { code })
})

test('authenticate: the order of parameters and the spelling of escapes do not count', () => {
  assert.ok(send({ target: '/a?b=1&a=2&b=0', sentTarget: '/a?a=2&b=0&b=1' }).accessKeyId)
  assert.ok(send({ target: '/a%2b%c3%a9', sentTarget: '/a+%C3%A9' }).accessKeyId)
  assert.throws(() => send({ target: '/a%2Fb', sentTarget: '/a/b' }), { code: 'SignatureDoesNotMatch' })
})

test('authenticate: a mismatch shows what was signed, and nothing secret', () => {
  const flip = (value: string) => value.replace(/.$/, (last) => (last === '0' ? '1' : '0'))
  assert.throws(
    () => send(authorization(flip)),
    (error: { code: string; details: Record<string, string> }) => {
      assert.equal(error.code, 'SignatureDoesNotMatch')
      assert.match(error.details.CanonicalRequest ?? '', /^GET\n\/photos\/a\n\nhost:s3.example.com\n/)
      assert.match(
        error.details.StringToSign ?? '',
        /^AWS4-HMAC-SHA256\n20261121T134100Z\n20261121\/eu-central-1\/s3\//,
      )
      assert.match(error.details.SignatureProvided ?? '', /^[0-9a-f]{64}$/)
      assert.doesNotMatch(JSON.stringify(error.details), /sëcret/)
      return true
    },
  )
})

test('authenticate: signatures of any other length or case', () => {
  const signature = (text: string) => authorization((value) => value.replace(/Signature=.*$/, `Signature=${text}`))
  for (const text of ['0', '0'.repeat(63), '0'.repeat(65), 'é'.repeat(64), 'g'.repeat(64), '0'.repeat(5000)]) {
    assert.throws(() => send(signature(text)), { code: 'SignatureDoesNotMatch' })
  }
  const upper = authorization((value) => value.replace(/[0-9a-f]{64}$/, (text) => text.toUpperCase()))
  assert.throws(() => send(upper), { code: 'SignatureDoesNotMatch' })
})

test('authenticate: a quarter of an hour either way, and no more', () => {
  const quarter = 15 * 60 * 1000
  for (const offset of [-quarter, quarter]) assert.ok(send({ signedMs: nowMs + offset }).accessKeyId)
  for (const offset of [-quarter - 1000, quarter + 1000]) {
    assert.throws(() => send({ signedMs: nowMs + offset }), {
      code: 'RequestTimeTooSkewed',
      details: {
        RequestTime: offset < 0 ? '20261121T132559Z' : '20261121T135601Z',
        ServerTime: '2026-11-21T13:41:00.000Z',
        MaxAllowedSkewMilliseconds: '900000',
      },
    })
  }
})

test('authenticate: Date stands in for x-amz-date, and no date is no signature', () => {
  const dated = (date: string[]) => (headers: string[]) => [...replace('x-amz-date', () => undefined)(headers), ...date]
  const signs = { code: 'SignatureDoesNotMatch' } // The signature covers x-amz-date, which is no longer there.
  assert.throws(() => send({ onTheWay: dated(['date', 'Sat, 21 Nov 2026 13:41:00 GMT']) }), signs)
  for (const date of [[], ['date', 'yesterday'], ['date', '']]) {
    assert.throws(() => send({ onTheWay: dated(date) }), { code: 'AccessDenied', message: /valid Date/ })
  }
  for (const date of ['', '2026-11-21T13:41:00Z', '20261131T134100Z', '20261121T134100Z,20261121T134100Z']) {
    assert.throws(() => send({ onTheWay: replace('x-amz-date', () => date) }), { code: 'AccessDenied' })
  }
})

test('authenticate: the scope has the day of the request, and our region', () => {
  const code = 'AuthorizationHeaderMalformed'
  assert.throws(() => send(authorization((value) => value.replace('20261121', '20261120'))), { code, message: /date/ })
  assert.throws(() => send({}, { region: 'us-east-1' }), { code, details: { Region: 'us-east-1' } })
  assert.ok(send({}, { region: undefined }).accessKeyId)
})

test('authenticate: an unknown access key', () => {
  assert.throws(() => send({}, { secretOf: () => undefined }), {
    code: 'InvalidAccessKeyId',
    details: { AWSAccessKeyId: credentials.accessKeyId },
  })
  assert.throws(() => send({}, { secretOf: () => 'another' }), { code: 'SignatureDoesNotMatch' })
})

test('authenticate: the host and every x-amz-* header must be signed', () => {
  const added = { onTheWay: (headers: string[]) => [...headers, 'X-Amz-Acl', 'public-read', 'x-amz-tagging', 'a=b'] }
  assert.throws(() => send(added), {
    code: 'AccessDenied',
    details: { HeadersNotSigned: 'x-amz-acl, x-amz-tagging' },
  })
  assert.throws(() => send(authorization((value) => value.replace('host;', ''))), {
    code: 'AccessDenied',
    message: /host/,
  })
  const again = { headers: ['x-amz-acl', 'private'], onTheWay: (all: string[]) => [...all, 'x-amz-acl', 'public-read'] }
  assert.throws(() => send(again), { code: 'SignatureDoesNotMatch' })
  assert.ok(send({ onTheWay: (headers) => [...headers, 'content-type', 'text/plain'] }).accessKeyId)
})

test('authenticate: only one mechanism', () => {
  for (const query of ['X-Amz-Algorithm=AWS4-HMAC-SHA256', 'X-Amz-Signature=0', 'Signature=0', 'AWSAccessKeyId=a']) {
    assert.throws(() => send({ target: `/a?${query}` }), {
      code: 'InvalidArgument',
      message: /Only one auth mechanism/,
    })
  }
  const both = parseTarget('/a?X-Amz-Signature=0&Signature=0')
  assert.throws(() => authenticate({ method: 'GET', target: both, headers: new Headers(host) }, options), {
    code: 'InvalidArgument',
  })
})

test('authenticate: how the payload is vouched for', () => {
  const payloadOf = (payloadHash: string) => send({ payloadHash }).payload
  assert.deepEqual(payloadOf('UNSIGNED-PAYLOAD'), { kind: 'unsigned' })
  assert.deepEqual(payloadOf('ab'.repeat(32)), { kind: 'signed', sha256Hex: 'ab'.repeat(32) })
  const streaming = send({ payloadHash: 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD' })
  assert.deepEqual(streaming.payload, { kind: 'chunked', signed: true, trailer: false })
  assert.ok(streaming.chunkSigner)
  const unsigned = send({ payloadHash: 'STREAMING-UNSIGNED-PAYLOAD-TRAILER' })
  assert.deepEqual(unsigned, {
    accessKeyId: credentials.accessKeyId,
    payload: { kind: 'chunked', signed: false, trailer: true },
  })
  assert.throws(() => payloadOf('STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD'), { code: 'NotImplemented' })
  for (const value of ['', 'unsigned-payload', 'UNSIGNED-PAYLOAD,UNSIGNED-PAYLOAD', 'ab'.repeat(31)]) {
    assert.throws(() => send({ onTheWay: replace('x-amz-content-sha256', () => value) }), { code: 'InvalidArgument' })
  }
  assert.throws(() => send({ onTheWay: replace('x-amz-content-sha256', () => undefined) }), { code: 'InvalidRequest' })
})

test('authenticate: chunks of a request that nobody signed cannot be signed', () => {
  for (const value of ['STREAMING-AWS4-HMAC-SHA256-PAYLOAD', 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER']) {
    const headers = new Headers([...host, 'x-amz-content-sha256', value])
    assert.throws(() => authenticate({ method: 'PUT', target: parseTarget('/a/b'), headers }, options), {
      code: 'InvalidRequest',
    })
  }
})
