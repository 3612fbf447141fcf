import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { Headers } from '../headers.ts'
import { authenticate } from '../sigv4/authenticate.ts'
import { parseTarget, uriEncode } from '../target.ts'

const nowMs = Date.UTC(2026, 10, 21, 13, 41)
const secretKey = 'secret'
const expires = nowMs / 1000 + 60
const options = { nowMs, secretOf: (id: string) => (id === 'AKIA' ? secretKey : undefined) }

/** Signs as the documentation says, independently of the code under test. */
function url(path: string, query: string, text: string): string {
  const signature = createHmac('sha1', secretKey).update(text).digest('base64')
  const separator = query === '' ? '' : '&'
  return `${path}?${query}${separator}AWSAccessKeyId=AKIA&Expires=${expires}&Signature=${uriEncode(signature)}`
}

function open(target: string, raw: string[] = [], hostedBucket?: string, atMs = nowMs) {
  const request = {
    method: 'GET',
    target: parseTarget(target),
    headers: new Headers(['host', 'h', ...raw]),
    hostedBucket,
  }
  return authenticate(request, { ...options, nowMs: atMs })
}

const simple = url('/photos/a', '', `GET\n\n\n${expires}\n/photos/a`)

test('authenticateSigV2: path, host style, headers and subresources are signed', () => {
  assert.deepEqual(open(simple), { accessKeyId: 'AKIA', payload: { kind: 'unsigned' } })
  assert.ok(open(url('/a', '', `GET\n\n\n${expires}\n/photos/a`), [], 'photos').accessKeyId)
  const headers = [
    'Content-MD5',
    'm',
    'content-type',
    't',
    'x-amz-meta-b',
    '2',
    'X-Amz-Meta-A',
    '1',
    'x-amz-meta-a',
    '3',
  ]
  const withHeaders = url('/photos/a', '', `GET\nm\nt\n${expires}\nx-amz-meta-a:1,3\nx-amz-meta-b:2\n/photos/a`)
  assert.ok(open(withHeaders, headers).accessKeyId)
  const resource = '/photos/a?response-expires=a b&uploads&versionId=v'
  const withQuery = url(
    '/photos/a',
    'versionId=v&other=1&uploads&response-expires=a%20b',
    `GET\n\n\n${expires}\n${resource}`,
  )
  assert.ok(open(withQuery).accessKeyId)
})

test('authenticateSigV2: parameters that stand for headers are signed as such', () => {
  const text = `GET\nm\ntext/plain\n${expires}\nx-amz-meta-a:1\n/photos/a`
  const target = url('/photos/a', 'x-amz-meta-a=1&content-type=text/plain&content-md5=m', text)
  assert.ok(open(target).accessKeyId)
  assert.throws(() => open(target.replace('meta-a=1', 'meta-a=2')), { code: 'SignatureDoesNotMatch' })
  assert.throws(() => open(`${target}&x-amz-meta-b=1`), { code: 'SignatureDoesNotMatch' })
})

test('authenticateSigV2: what is changed does not verify', () => {
  const code = 'SignatureDoesNotMatch'
  assert.throws(() => open(simple.replace('/photos/a', '/photos/b')), { code })
  assert.throws(() => open(`${simple}&versionId=v`), { code })
  assert.throws(() => open(simple, ['x-amz-acl', 'public-read']), { code })
  assert.throws(() => open(simple.replace(`${expires}`, `${expires + 1}`)), { code })
  assert.throws(() => open(simple.replace(/Signature=.*/, 'Signature=AAAA')), {
    code,
    details: { AWSAccessKeyId: 'AKIA', StringToSign: `GET\n\n\n${expires}\n/photos/a` },
  })
})

test('authenticateSigV2: each parameter must be there, once', () => {
  for (const name of ['AWSAccessKeyId', 'Expires', 'Signature']) {
    const parameter = new RegExp(`[?&]${name}=([^&]*)`)
    const without = simple.replace(parameter, '&').replace('a&', 'a?')
    assert.throws(() => open(without), { code: 'AccessDenied', message: /requires the Signature/ }, name)
    assert.throws(() => open(`${simple}&${name}=${parameter.exec(simple)?.[1]}`), { code: 'AccessDenied' }, name)
  }
  assert.throws(() => open(simple.replace('AKIA', 'OTHER')), { code: 'InvalidAccessKeyId' })
})

test('authenticateSigV2: until it expires', () => {
  assert.ok(open(simple, [], undefined, expires * 1000).accessKeyId)
  assert.throws(() => open(simple, [], undefined, expires * 1000 + 1), {
    code: 'AccessDenied',
    message: 'Request has expired',
    details: { Expires: '2026-11-21T13:42:00.000Z', ServerTime: '2026-11-21T13:42:00.001Z' },
  })
  for (const text of ['tomorrow', '1e99', '-1']) {
    assert.throws(() => open(simple.replace(`${expires}`, text)), { code: 'AccessDenied', message: /Invalid date/ })
  }
  assert.throws(() => open(simple.replace(`${expires}`, '9'.repeat(400))), { code: 'SignatureDoesNotMatch' })
})

test('authenticateSigV2: framing is taken off, but chunk signatures need SigV4', () => {
  const header = (value: string) => ['x-amz-content-sha256', value]
  const text = (value: string) => `GET\n\n\n${expires}\nx-amz-content-sha256:${value}\n/photos/a`
  const unsigned = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER'
  const { payload } = open(url('/photos/a', '', text(unsigned)), header(unsigned))
  assert.deepEqual(payload, { kind: 'chunked', signed: false, trailer: true })
  const signed = 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD'
  assert.throws(() => open(url('/photos/a', '', text(signed)), header(signed)), { code: 'InvalidRequest' })
})
