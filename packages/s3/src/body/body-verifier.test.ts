import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { checksumBytes, createChecksum } from '../checksum/digest.ts'
import { Headers } from '../headers.ts'
import { limits } from '../limits.ts'
import type { BodySummary, BodyWants } from '../operations/body.ts'
import { type ChecksumAlgorithm, checksumAlgorithms } from '../operations/common.ts'
import type { PayloadMode } from '../sigv4/payload.ts'
import { checksumHeader, readBodyChecks } from './body-checks.ts'
import { BodyVerifier } from './body-verifier.ts'

const hello = Buffer.from('hello')
const helloMd5 = 'XUFAKrxLKna5cZ2REBfFkg=='
const unsigned: PayloadMode = { kind: 'unsigned' }
const chunked: PayloadMode = { kind: 'chunked', signed: false, trailer: true }

interface Sent {
  readonly headers?: Record<string, string>
  readonly payload?: PayloadMode
  readonly pieces?: readonly (string | Uint8Array)[]
  readonly wants?: BodyWants
}

function verify({ headers = {}, payload = unsigned, pieces = [hello], wants = {} }: Sent): BodySummary {
  const checks = readBodyChecks(new Headers(Object.entries(headers).flat()), { payload })
  const verifier = new BodyVerifier(checks, { write: () => undefined }, wants)
  for (const piece of pieces) verifier.write(Buffer.from(piece))
  return verifier.finish()
}

function digest(algorithm: ChecksumAlgorithm, data: Uint8Array): string {
  const checksum = createChecksum(algorithm)
  checksum.update(data)
  return checksum.digest().toString('base64')
}

test('BodyVerifier: what was announced and is true passes', () => {
  assert.deepEqual(verify({}), { sizeBytes: 5, md5: undefined, checksum: undefined })
  const headers = { 'content-length': '5', 'content-md5': helloMd5 }
  assert.equal(Buffer.from(verify({ headers }).md5 ?? []).toString('base64'), helloMd5)
  assert.equal(verify({ headers, pieces: ['hel', 'lo', ''] }).sizeBytes, 5)
  assert.equal(verify({ headers: { 'content-length': '0' }, pieces: [] }).sizeBytes, 0)
})

test('BodyVerifier: too few and too many bytes', () => {
  const headers = { 'content-length': '5' }
  assert.throws(() => verify({ headers, pieces: ['hell'] }), { code: 'IncompleteBody' })
  assert.throws(() => verify({ headers, pieces: ['hello', '!'] }), { code: 'IncompleteBody', message: /more bytes/ })
  assert.throws(() => verify({ headers, pieces: [] }), { code: 'IncompleteBody' })
})

test('BodyVerifier: every digest that is announced is held against the bytes', () => {
  const wrong = Buffer.from('hellO')
  const size = { 'content-length': '5' }
  const hashOf = (data: Uint8Array): PayloadMode => ({
    kind: 'signed',
    sha256Hex: createHash('sha256').update(data).digest('hex'),
  })
  for (const pieces of [[hello], [hello.subarray(0, 2), hello.subarray(2)]]) {
    verify({ headers: size, payload: hashOf(hello), pieces })
    assert.throws(() => verify({ headers: size, payload: hashOf(wrong), pieces }), {
      code: 'XAmzContentSHA256Mismatch',
    })
    const md5 = createHash('md5').update(wrong).digest('base64')
    assert.throws(() => verify({ headers: { ...size, 'content-md5': md5 }, pieces }), { code: 'BadDigest' })
    for (const algorithm of checksumAlgorithms) {
      const header = checksumHeader(algorithm)
      const { checksum } = verify({ headers: { ...size, [header]: digest(algorithm, hello) }, pieces })
      assert.equal(checksum?.algorithm, algorithm)
      assert.equal(checksum?.bytes.length, checksumBytes(algorithm))
      assert.throws(() => verify({ headers: { ...size, [header]: digest(algorithm, wrong) }, pieces }), {
        code: 'BadDigest',
        message: `The ${algorithm} you specified did not match the calculated checksum.`,
      })
    }
  }
})

test('BodyVerifier: digests that are wanted are reckoned, the one that was sent first', () => {
  const summary = verify({ wants: { md5: true, checksum: 'SHA1' } })
  assert.equal(Buffer.from(summary.md5 ?? []).toString('base64'), helloMd5)
  assert.equal(Buffer.from(summary.checksum?.bytes ?? []).toString('base64'), digest('SHA1', hello))
  const headers = { 'x-amz-checksum-crc32': digest('CRC32', hello) }
  assert.equal(verify({ headers, wants: { checksum: 'SHA1' } }).checksum?.algorithm, 'CRC32')
})

test('BodyVerifier: a checksum in the trailer is the only integrity there is, so it must be there and be right', () => {
  const headers = { 'x-amz-decoded-content-length': '5', 'x-amz-trailer': 'x-amz-checksum-crc32' }
  const framed = (trailer: string) => ({ headers, payload: chunked, pieces: [`5\r\nhello\r\n0\r\n${trailer}\r\n`] })
  assert.equal(verify(framed(`x-amz-checksum-crc32:${digest('CRC32', hello)}\r\n`)).checksum?.algorithm, 'CRC32')
  const wrong = digest('CRC32', Buffer.from('hellO'))
  assert.throws(() => verify(framed(`x-amz-checksum-crc32:${wrong}\r\n`)), { code: 'BadDigest' })
  assert.throws(() => verify(framed('x-amz-checksum-crc32:AA==\r\n')), { code: 'BadDigest' })
  assert.throws(() => verify(framed('')), { code: 'MalformedTrailerError', message: /missing/ })
  const other = `x-amz-checksum-crc32c:${digest('CRC32C', hello)}\r\n`
  assert.throws(() => verify(framed(other)), { code: 'MalformedTrailerError', message: /not announced/ })
})

test('BodyVerifier: trailers that nobody announced are refused, for they would not be checked', () => {
  const headers = { 'x-amz-decoded-content-length': '5' }
  const pieces = [`5\r\nhello\r\n0\r\nx-amz-checksum-crc32:${digest('CRC32', hello)}\r\n\r\n`]
  assert.throws(() => verify({ headers, payload: chunked, pieces }), { code: 'MalformedTrailerError' })
  const inHeader = { ...headers, 'x-amz-checksum-crc32': digest('CRC32', hello) }
  assert.throws(() => verify({ headers: inHeader, payload: chunked, pieces }), { code: 'MalformedTrailerError' })
})

test('BodyVerifier: the size of a framed body is that of its content', () => {
  const sent = (size: string, framed: string) => ({
    headers: { 'x-amz-decoded-content-length': size, 'content-length': '999' },
    payload: chunked,
    pieces: [framed],
  })
  assert.equal(verify(sent('5', '5\r\nhello\r\n0\r\n\r\n')).sizeBytes, 5)
  assert.throws(() => verify(sent('4', '5\r\nhello\r\n0\r\n\r\n')), { code: 'IncompleteBody' })
  assert.throws(() => verify(sent('6', '5\r\nhello\r\n0\r\n\r\n')), { code: 'IncompleteBody' })
})

test('BodyVerifier: signed chunks without a signer are a mistake of the caller', () => {
  const payload: PayloadMode = { kind: 'chunked', signed: true, trailer: false }
  assert.throws(() => verify({ headers: { 'x-amz-decoded-content-length': '5' }, payload }), /needs its chunk signer/)
})

test('BodyVerifier: passes on what the sink answers', async () => {
  const checks = readBodyChecks(new Headers([]), { payload: unsigned })
  const wait = Promise.resolve()
  assert.equal(new BodyVerifier(checks, { write: () => wait }).write(hello), wait)
})

test('BodyVerifier: a body whose size nobody announced ends where the largest does', () => {
  const verifier = new BodyVerifier(readBodyChecks(new Headers([]), { payload: unsigned }), { write: () => undefined })
  const chunk = new Uint8Array(64 * 1024 ** 2)
  for (let sizeBytes = 0; sizeBytes < limits.putBytesMax; sizeBytes += chunk.length) verifier.write(chunk)
  assert.throws(() => verifier.write(Uint8Array.of(1)), {
    code: 'EntityTooLarge',
    details: { ProposedSize: String(limits.putBytesMax + 1), MaxSizeAllowed: String(limits.putBytesMax) },
  })
})
