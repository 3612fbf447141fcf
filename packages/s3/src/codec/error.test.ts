import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bare } from '../../test/wire-request.ts'
import { S3Error } from '../errors/s3-error.ts'
import { limits } from '../limits.ts'
import { encodeError } from './error.ts'

const context = { requestId: 'r1', resource: '/photos/a&b', hasBody: true }

// https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#RESTErrorResponses
test('encodeError: the document that SDKs read, without a namespace', () => {
  const error = new S3Error('NoSuchKey', { details: { Key: 'a&b', 'X-Amz-Expires': '5' } })
  const reply = encodeError(error, context)
  assert.equal(reply.status, 404)
  assert.deepEqual(reply.headers, ['content-type', 'application/xml'])
  assert.equal(
    reply.document,
    '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message><Key>a&amp;b</Key><X-Amz-Expires>5</X-Amz-Expires><Resource>/photos/a&amp;b</Resource><RequestId>r1</RequestId><HostId>headrace</HostId></Error>',
  )
})

test('encodeError: no document for HEAD and 304, but their headers', () => {
  const range = new S3Error('InvalidRange', { headers: { 'content-range': 'bytes */5' } })
  assert.deepEqual(encodeError(range, { ...context, hasBody: false }), {
    status: 416,
    headers: ['content-range', 'bytes */5'],
  })
  assert.deepEqual(encodeError(new S3Error('NotModified', { headers: { etag: '"e"' } }), context), {
    status: 304,
    headers: ['etag', '"e"'],
  })
})

test('encodeError: details cannot become markup', () => {
  const error = new S3Error('InvalidArgument', { message: '</Message><x>', details: { 'a><b': '</a>', '1': '\x01' } })
  assert.equal(
    bare(encodeError(error, context).document).replace(/<Resource>.*/, ''),
    '<Error><Code>InvalidArgument</Code><Message>&lt;/Message&gt;&lt;x&gt;</Message><Detail>&#x1;</Detail><Detail>&lt;/a&gt;</Detail>',
  )
})

test('encodeError: no reply is much larger than what it answers', () => {
  const long = 'a'.repeat(100_000)
  const error = new S3Error('SignatureDoesNotMatch', { message: long, details: { CanonicalRequest: long } })
  const { document = '' } = encodeError(error, { ...context, resource: long })
  assert.ok(document.length < 4 * limits.errorTextCharactersMax, `${document.length} characters`)
  assert.match(document, /<CanonicalRequest>a{4096}<\/CanonicalRequest>/)
})
