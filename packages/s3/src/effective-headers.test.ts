import assert from 'node:assert/strict'
import { test } from 'node:test'
import { effectiveHeaders } from './effective-headers.ts'
import { Headers } from './headers.ts'
import { parseTarget } from './target.ts'

const v4 = 'X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=c&X-Amz-Date=d&X-Amz-Expires=9&X-Amz-Signature=s'
const v2 = 'AWSAccessKeyId=a&Signature=s&Expires=1'

function effective(query: string, raw: string[] = []): Record<string, string> {
  return Object.fromEntries(effectiveHeaders(parseTarget(`/a?${query}`).query, new Headers(raw)).entries())
}

test('effectiveHeaders: those that were sent, unless the request is presigned', () => {
  const headers = new Headers(['host', 'h'])
  for (const query of ['', 'x-amz-acl=private', 'x-amz-signature=s&x-amz-acl=private', v4, v2]) {
    assert.equal(effectiveHeaders(parseTarget(`/a?${query}`).query, headers), headers, query)
  }
})

test('effectiveHeaders: parameters that SDKs moved there, in any case', () => {
  assert.deepEqual(effective(`x-amz-meta-a=1&${v4}&X-Amz-Acl=private&response-expires=0`, ['Host', 'h']), {
    host: 'h',
    'x-amz-meta-a': '1',
    'x-amz-acl': 'private',
  })
  assert.deepEqual(effective(`${v4}&X-Amz-Security-Token=t`), { 'x-amz-security-token': 't' })
})

test('effectiveHeaders: the body and its checksum are for the opener of the URL to tell', () => {
  const parameters = ['x-amz-checksum-crc32=AAAAAA==', 'x-amz-sdk-checksum-algorithm=CRC32', 'x-amz-trailer=a']
  assert.deepEqual(effective([v4, ...parameters, 'x-amz-content-sha256=UNSIGNED-PAYLOAD'].join('&')), {})
  assert.deepEqual(effective(`${v4}&x-amz-checksum-mode=ENABLED`), { 'x-amz-checksum-mode': 'ENABLED' })
})

test('effectiveHeaders: version 2 moves Content-Type and Content-MD5 as well', () => {
  assert.deepEqual(effective(`${v2}&content-type=text/plain&Content-MD5=m`), {
    'content-type': 'text/plain',
    'content-md5': 'm',
  })
  assert.deepEqual(effective(`${v4}&content-type=text/plain`), {})
})

test('effectiveHeaders: a header comes before a parameter, the first parameter before the second', () => {
  const sent = ['x-amz-meta-a', 'sent']
  assert.deepEqual(effective(`${v4}&x-amz-meta-a=1&x-amz-meta-b=2&X-Amz-Meta-B=3`, sent), {
    'x-amz-meta-a': 'sent',
    'x-amz-meta-b': '2',
  })
})

test('effectiveHeaders: text becomes bytes, and nothing becomes a second header', () => {
  assert.deepEqual(effective(`${v4}&x-amz-meta-a=%C3%A9`), { 'x-amz-meta-a': 'Ã©' })
  for (const bad of ['x-amz-meta-a=%0d%0aset-cookie:x', 'x-amz-meta-a%20b=1', 'x-amz-meta-a%0a=1', 'x-amz-acl=%00']) {
    assert.throws(() => effective(`${v4}&${bad}`), { code: 'InvalidArgument' })
  }
})
