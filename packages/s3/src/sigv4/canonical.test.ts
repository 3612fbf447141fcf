import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Headers } from '../headers.ts'
import { parseTarget } from '../target.ts'
import { canonicalRequest, stringToSign } from './canonical.ts'

function canonical(target: string, raw: string[] = ['host', 'h'], signedHeaders = ['host']): string[] {
  const headers = new Headers(raw)
  const text = canonicalRequest({ method: 'GET', ...parseTarget(target), headers, signedHeaders, payloadHash: 'P' })
  return text.split('\n')
}

test('canonicalRequest: method, path, query, headers, names, payload', () => {
  assert.deepEqual(canonical('/a?b=1'), ['GET', '/a', 'b=1', 'host:h', '', 'host', 'P'])
})

test('canonicalRequest: the path is encoded once and not normalised', () => {
  const path = (target: string) => canonical(target)[1]
  assert.equal(path('/a b'), '/a%20b')
  assert.equal(path('/a+b'), '/a%2Bb')
  assert.equal(path('/a%20b'), '/a%20b')
  assert.equal(path('/a%2Fb'), '/a%2Fb')
  assert.equal(path('/a%2fb'), '/a%2Fb')
  assert.equal(path('/a%252Fb'), '/a%252Fb')
  assert.equal(path('//a/../b/./'), '//a/../b/./')
  assert.equal(path("/~!*'()"), '/~%21%2A%27%28%29')
  assert.equal(path('/%7e'), '/~')
  assert.equal(path(`/${Buffer.from('é').toString('latin1')}`), '/%C3%A9')
})

test('canonicalRequest: parameters are sorted by name, then value, in their encoded form', () => {
  const query = (text: string) => canonical(`/?${text}`)[2]
  assert.equal(query('b=2&a=1&b=1'), 'a=1&b=1&b=2')
  assert.equal(query('a-b=1&a=2&ab=3&a=1'), 'a=1&a=2&a-b=1&ab=3')
  assert.equal(query('acl&A=1'), 'A=1&acl=')
  assert.equal(query('a=%2f+b'), 'a=%2F%20b')
  assert.equal(query('%C3%A9=1&z=2'), '%C3%A9=1&z=2')
  assert.equal(query('X-Amz-Signature=s&b=1'), 'b=1')
  assert.equal(query('a=1&a=1'), 'a=1&a=1')
})

test('canonicalRequest: header values without runs of blanks, in UTF-8', () => {
  const raw = [
    'host',
    'h',
    'x-amz-meta-a',
    '  a   b  ',
    'x-amz-meta-a',
    'c',
    'x-amz-meta-b',
    Buffer.from('é').toString('latin1'),
  ]
  const lines = canonical('/', raw, ['host', 'x-amz-meta-a', 'x-amz-meta-b', 'x-amz-meta-none'])
  assert.deepEqual(lines.slice(3, 7), ['host:h', 'x-amz-meta-a:a b,c', 'x-amz-meta-b:é', 'x-amz-meta-none:'])
  assert.equal(lines[8], 'host;x-amz-meta-a;x-amz-meta-b;x-amz-meta-none')
})

test('stringToSign: algorithm, time, scope, hash', () => {
  const text = stringToSign('20261121T134100Z', { date: '20261121', region: 'r', service: 's3' }, '')
  assert.deepEqual(text.split('\n').slice(0, 3), ['AWS4-HMAC-SHA256', '20261121T134100Z', '20261121/r/s3/aws4_request'])
})

test('canonicalRequest: names that are prefixes of others, and parameters without a name', () => {
  const query = (text: string) => canonical(`/?${text}`)[2]
  assert.equal(query('a%20=1&a-=2&a0=0&a=3&=4'), '=4&a=3&a%20=1&a-=2&a0=0')
  assert.equal(query('a=1=2&a=1&a%3D1=0'), 'a=1&a=1%3D2&a%3D1=0')
})
