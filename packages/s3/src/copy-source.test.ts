import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readCopySource } from './copy-source.ts'
import { Headers } from './headers.ts'

function read(value: string): (string | undefined)[] {
  const { bucket, key, versionId } = readCopySource(new Headers(['x-amz-copy-source', value]))
  return versionId === undefined ? [bucket, key] : [bucket, key, versionId]
}

test('readCopySource: with and without slash, encoded and not', () => {
  assert.deepEqual(read('photos/a/b.jpg'), ['photos', 'a/b.jpg'])
  assert.deepEqual(read('/photos/a/b.jpg'), ['photos', 'a/b.jpg'])
  assert.deepEqual(read('photos/a%2Fb.jpg'), ['photos', 'a/b.jpg'])
  assert.deepEqual(read('photos%2Fa%2fb.jpg'), ['photos', 'a/b.jpg'])
  assert.deepEqual(read('%2Fphotos%2Fa'), ['photos', 'a'])
  assert.deepEqual(read('photos%2Fdir/a'), ['photos', 'dir/a'])
  assert.deepEqual(read('photos//a'), ['photos', '/a'])
  assert.deepEqual(read('photos/../a'), ['photos', '../a'])
})

test('readCopySource: keys that are hard to encode', () => {
  assert.deepEqual(read('photos/%20'), ['photos', ' '])
  assert.deepEqual(read('photos/a+b'), ['photos', 'a+b'])
  assert.deepEqual(read('photos/100%'), ['photos', '100%'])
  assert.deepEqual(read('photos/100%25'), ['photos', '100%'])
  assert.deepEqual(read('photos/%C3%A9'), ['photos', 'é'])
  assert.deepEqual(read(`photos/${Buffer.from('é').toString('latin1')}`), ['photos', 'é'])
})

test('readCopySource: only a question mark that is not encoded begins the version', () => {
  assert.deepEqual(read('photos/a?versionId=v%2F1'), ['photos', 'a', 'v/1'])
  assert.deepEqual(read('photos/%3FversionId'), ['photos', '?versionId'])
  assert.deepEqual(read('photos/a%3FversionId=1'), ['photos', 'a?versionId=1'])
  assert.deepEqual(read('photos/a?b'), ['photos', 'a?b'])
  assert.deepEqual(read('photos/a?versionId=1?versionId=2'), ['photos', 'a', '1?versionId=2'])
})

test('readCopySource: bucket and key must be there, and be such', () => {
  for (const value of ['', '/', 'photos', 'photos/', '/photos', '/photos/', '//a', '%2F', 'photos/a?versionId=']) {
    assert.throws(() => read(value), {
      code: 'InvalidArgument',
      details: { ArgumentName: 'x-amz-copy-source', ArgumentValue: value },
    })
  }
  assert.throws(() => readCopySource(new Headers([])), { code: 'InvalidArgument' })
  for (const value of ['../photos/a', 'photos?x/a', 'http://evil.example/a', 'PHOTOS/a']) {
    assert.throws(() => read(value), { code: 'InvalidBucketName' })
  }
  assert.throws(() => read(`photos/${'a'.repeat(1025)}`), { code: 'KeyTooLongError' })
})

test('readCopySource: conditions and the owner that is expected', () => {
  const source = readCopySource(
    new Headers([
      'x-amz-copy-source',
      'photos/a',
      'x-amz-copy-source-if-match',
      '"e"',
      'if-match',
      '"of the target"',
      'x-amz-source-expected-bucket-owner',
      'me',
    ]),
  )
  assert.deepEqual(source.conditions?.ifMatch, ['e'])
  assert.equal(source.expectedBucketOwner, 'me')
})
