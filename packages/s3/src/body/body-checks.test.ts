import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Headers } from '../headers.ts'
import type { PayloadMode } from '../sigv4/payload.ts'
import { checksumHeader, parseAlgorithm, parseChecksum, readBodyChecks } from './body-checks.ts'

const unsigned: PayloadMode = { kind: 'unsigned' }
const chunked: PayloadMode = { kind: 'chunked', signed: false, trailer: true }
const read = (headers: Record<string, string>, payload: PayloadMode = unsigned) =>
  readBodyChecks(new Headers(Object.entries(headers).flat()), { payload })

const crc32 = 'NhCmhg=='

test('readBodyChecks: nothing announced', () => {
  assert.deepEqual(read({}), {
    payload: unsigned,
    chunkSigner: undefined,
    sizeBytes: undefined,
    md5: undefined,
    checksum: undefined,
  })
})

test('readBodyChecks: the size is that of the content', () => {
  const both = { 'content-length': '99', 'x-amz-decoded-content-length': '5' }
  assert.equal(read(both).sizeBytes, 99)
  assert.equal(read(both, chunked).sizeBytes, 5)
  assert.throws(() => read({ 'content-length': '99' }, chunked), { code: 'MissingContentLength' })
  for (const size of ['', '-1', '1.5', '0x5', '1e3', '5,5', ' 5 6', '9'.repeat(16)]) {
    assert.throws(() => read({ 'content-length': size }), { code: 'InvalidArgument' }, size)
  }
})

test('readBodyChecks: Content-MD5 is base64 of 16 bytes', () => {
  assert.equal(
    read({ 'content-md5': 'XUFAKrxLKna5cZ2REBfFkg==' }).md5?.toString('hex'),
    '5d41402abc4b2a76b9719d911017c592',
  )
  for (const md5 of ['', 'YWJyYWNhZGFicmE=', 'XUFAKrxLKna5cZ2REBfFkg', 'XUFAKrxLKna5cZ2REBfFk!==', 'AAAAAA==']) {
    assert.throws(() => read({ 'content-md5': md5 }), { code: 'InvalidDigest' }, md5)
  }
})

test('readBodyChecks: one checksum, in a header or in the trailer', () => {
  assert.deepEqual(read({ 'x-amz-checksum-crc32': crc32 }).checksum, {
    algorithm: 'CRC32',
    bytes: Buffer.from('3610a686', 'hex'),
  })
  const trailer = { 'x-amz-trailer': 'X-Amz-Checksum-Crc64nvme', 'x-amz-decoded-content-length': '1' }
  assert.deepEqual(read(trailer, chunked).checksum, { algorithm: 'CRC64NVME', bytes: undefined })
})

test('readBodyChecks: checksums that contradict each other, or are none', () => {
  const code = 'InvalidRequest'
  const two = { 'x-amz-checksum-crc32': crc32, 'x-amz-checksum-crc32c': crc32 }
  assert.throws(() => read(two), { code, message: /Multiple checksum Types/ })
  assert.throws(() => read({ 'x-amz-checksum-sha256': crc32 }), { code: 'BadDigest', message: /x-amz-checksum-sha256/ })
  assert.throws(() => read({ 'x-amz-checksum-crc32': 'sailorjerry' }), { code: 'BadDigest' })
  assert.throws(() => read({ 'x-amz-trailer': 'x-amz-checksum-crc32' }), {
    code,
    message: /needs a body with trailers/,
  })
  assert.throws(() => read({ 'x-amz-trailer': 'x-amz-meta-a', 'x-amz-decoded-content-length': '1' }, chunked), { code })
  const algorithm = (name: string) => ({ 'x-amz-checksum-crc32': crc32, 'x-amz-sdk-checksum-algorithm': name })
  assert.equal(read(algorithm('crc32')).checksum?.algorithm, 'CRC32')
  assert.throws(() => read(algorithm('SHA1')), { code, message: /x-amz-sdk-checksum-algorithm/ })
  assert.throws(() => read(algorithm('MD5')), { code, message: /x-amz-sdk-checksum-algorithm/ })
  assert.equal(read({ 'x-amz-sdk-checksum-algorithm': 'SHA256' }).checksum, undefined)
})

test('readBodyChecks: a checksum of an algorithm that we do not have is not passed over', () => {
  const headers = { 'x-amz-checksum-xxhash64': 'AAAAAAAAAAA=' }
  assert.throws(() => read(headers), { code: 'NotImplemented', details: { Header: 'x-amz-checksum-xxhash64' } })
  const about = {
    'x-amz-checksum-algorithm': 'CRC32',
    'x-amz-checksum-mode': 'ENABLED',
    'x-amz-checksum-type': 'COMPOSITE',
  }
  assert.equal(read(about).checksum, undefined)
})

test('readBodyChecks: the checksum of a CompleteMultipartUpload is not that of its document', () => {
  const headers = new Headers(['x-amz-checksum-crc32', 'NhCmhg==-3'])
  assert.throws(() => readBodyChecks(headers, { payload: unsigned }), { code: 'BadDigest' })
  assert.equal(readBodyChecks(headers, { payload: unsigned }, 'completeMultipartUpload').checksum, undefined)
})

test('parseAlgorithm, parseChecksum, checksumHeader: the five of S3', () => {
  assert.equal(parseAlgorithm('crc64nvme', 'x'), 'CRC64NVME')
  assert.throws(() => parseAlgorithm('constructor', 'x-amz-checksum-algorithm'), {
    message: 'Value for x-amz-checksum-algorithm header is invalid.',
  })
  assert.equal(parseChecksum('SHA1', 'qvTGHdzF6KLavt4PO0gs2a6pQ00=').length, 20)
  assert.throws(() => parseChecksum('SHA1', `${crc32}\n`), { code: 'BadDigest' })
  assert.equal(checksumHeader('CRC64NVME'), 'x-amz-checksum-crc64nvme')
})
