import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Headers } from '../headers.ts'
import { parseTarget } from '../target.ts'
import { authenticate } from './authenticate.ts'
import { SigningKeyCache } from './scope.ts'
import { presign, signRequest } from './sign.ts'

const nowMs = Date.UTC(2026, 10, 21, 13, 41)
const credentials = { accessKeyId: 'AKIA', secretKey: 'secret', sessionToken: 'to/ken+==' }
const options = { credentials, region: 'us-east-1', nowMs, signingKeys: new SigningKeyCache() }
const request = { method: 'GET', target: '/photos/a?b', headers: ['Host', 's3.example.com', 'range', 'bytes=0-1'] }

test('signRequest: signs all headers, and adds date, payload, token and authorization', () => {
  const { headers } = signRequest(request, options)
  assert.deepEqual(headers.slice(0, 10), [
    ...request.headers,
    'x-amz-date',
    '20261121T134100Z',
    'x-amz-content-sha256',
    'UNSIGNED-PAYLOAD',
    'x-amz-security-token',
    'to/ken+==',
  ])
  assert.match(
    headers[11] ?? '',
    /^AWS4-HMAC-SHA256 Credential=AKIA\/20261121\/us-east-1\/s3\/aws4_request, SignedHeaders=host;range;x-amz-content-sha256;x-amz-date;x-amz-security-token, Signature=[0-9a-f]{64}$/,
  )
})

test('presign: the token and the hash of the payload go into the query', () => {
  const target = presign({ ...request, payloadHash: 'ab'.repeat(32) }, { ...options, expiresSeconds: 60 })
  const { query } = parseTarget(target)
  assert.equal(query.get('X-Amz-Security-Token'), 'to/ken+==')
  assert.equal(query.get('X-Amz-Content-Sha256'), 'ab'.repeat(32))
  assert.equal(query.get('X-Amz-SignedHeaders'), 'host;range')
  const received = { method: 'GET', target: parseTarget(target), headers: new Headers(request.headers) }
  assert.equal(authenticate(received, { nowMs, secretOf: () => 'secret' }).accessKeyId, 'AKIA')
  assert.match(presign({ ...request, target: '/a' }, { ...options, expiresSeconds: 1 }), /^\/a\?X-Amz-Algorithm/)
})

test('signRequest, presign: what cannot be signed', () => {
  const hostless = { ...request, headers: ['range', 'bytes=0-1'] }
  assert.throws(() => signRequest(hostless, options), TypeError)
  assert.throws(() => presign(hostless, { ...options, expiresSeconds: 60 }), TypeError)
  for (const expiresSeconds of [0, -1, 604_801, Number.NaN]) {
    assert.throws(() => presign(request, { ...options, expiresSeconds }), RangeError)
  }
  assert.throws(() => signRequest({ ...request, target: '/%' }, options), { code: 'InvalidURI' })
})
