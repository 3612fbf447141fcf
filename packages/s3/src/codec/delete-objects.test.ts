import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bare, wireRequest } from '../../test/wire-request.ts'
import { deleteObjects } from './delete-objects.ts'

const decode = (document: string) => deleteObjects.decode(wireRequest({ document }))
const objects = (...keys: string[]) =>
  `<Delete>${keys.map((key) => `<Object><Key>${key}</Key></Object>`).join('')}</Delete>`

test('deleteObjects.decode: keys as they are, versions and conditions', () => {
  const document =
    '<?xml version="1.0"?><Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Quiet> TRUE </Quiet><Object><Key> a b </Key><VersionId>v</VersionId><ETag>"e"</ETag></Object><Object><Key>&#x1;&lt;é</Key><VersionId></VersionId></Object></Delete>'
  const input = decode(document)
  assert.ok(input.quiet)
  assert.deepEqual(input.objects, [
    { key: ' a b ', versionId: 'v', etag: 'e' },
    { key: '\x01<é', versionId: undefined, etag: undefined },
  ])
  assert.ok(!decode(objects('a')).quiet)
})

test('deleteObjects.decode: a thousand keys, and no more', () => {
  const many = (count: number) => objects(...Array.from({ length: count }, (_, index) => `k${index}`))
  assert.equal(decode(many(1000)).objects.length, 1000)
  for (const document of [many(1001), objects(), '<Other/>', '<Delete>x</Delete>', '']) {
    assert.throws(() => decode(document), { code: 'MalformedXML' })
  }
})

test('deleteObjects.decode: keys that are none, and conditions that we do not have', () => {
  for (const document of [objects(''), '<Delete><Object/></Delete>']) {
    assert.throws(() => decode(document), { code: 'UserKeyMustBeSpecified' })
  }
  assert.throws(() => decode(objects('a'.repeat(1025))), { code: 'KeyTooLongError' })
  for (const condition of ['<Size>1</Size>', '<LastModifiedTime>x</LastModifiedTime>']) {
    const document = `<Delete><Object><Key>a</Key>${condition}</Object></Delete>`
    assert.throws(() => decode(document), { code: 'NotImplemented' })
  }
})

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
test('deleteObjects.encode: what was deleted, unless quiet, and what was not', () => {
  const output = {
    deleted: [{ key: 'a<b', versionId: 'v' }, { key: 'c' }],
    errors: [{ key: 'd', versionId: 'w', code: 'AccessDenied', message: 'Access & Denied' }],
  }
  const error =
    '<Error><Key>d</Key><VersionId>w</VersionId><Code>AccessDenied</Code><Message>Access &amp; Denied</Message></Error>'
  const deleted = '<Deleted><Key>a&lt;b</Key><VersionId>v</VersionId></Deleted><Deleted><Key>c</Key></Deleted>'
  for (const isDecoded of [true, false]) {
    const loud = wireRequest({ document: objects('a') })
    if (isDecoded) deleteObjects.decode(loud)
    assert.equal(bare(deleteObjects.encode(output, loud).document), `<DeleteResult>${deleted}${error}</DeleteResult>`)
    const quiet = wireRequest({ document: objects('a').replace('<Object>', '<Quiet>true</Quiet><Object>') })
    if (isDecoded) deleteObjects.decode(quiet)
    assert.equal(bare(deleteObjects.encode(output, quiet).document), `<DeleteResult>${error}</DeleteResult>`)
  }
})
