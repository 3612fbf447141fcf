import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { limits } from '../limits.ts'
import type { ByteSink } from '../operations/body.ts'
import { ChunkSigner } from '../sigv4/chunk-signer.ts'
import { HmacSha256 } from '../sigv4/hmac.ts'
import { AwsChunkedDecoder } from './aws-chunked-decoder.ts'
import { encodeAwsChunked } from './aws-chunked-encoder.ts'

const key = new HmacSha256('key')
const newSigner = () => new ChunkSigner(key, 't', { date: 'd', region: 'r', service: 's3' }, 'seed')
const trailers: [string, string][] = [['x-amz-checksum-crc32', 'AAAAAA==']]

interface Mode {
  readonly signed: boolean
  readonly trailer: boolean
}
const modes: Mode[] = [
  { signed: false, trailer: true },
  { signed: true, trailer: false },
  { signed: true, trailer: true },
]

function encode(body: Uint8Array, { signed, trailer }: Mode, chunkBytes = 7): Buffer {
  const signer = signed ? { signer: newSigner() } : {}
  return encodeAwsChunked(body, { chunkBytes, ...signer, ...(trailer && { trailers }) })
}

/** @returns content and trailers */
function decode(pieces: readonly Uint8Array[], { signed, trailer }: Mode): [string, Record<string, string>] {
  const chunks: Buffer[] = []
  const sink: ByteSink = { write: (chunk) => void chunks.push(Buffer.from(chunk)) }
  const decoder = new AwsChunkedDecoder(sink, { signer: signed ? newSigner() : undefined, trailer })
  for (const piece of pieces) decoder.write(piece)
  const found = Object.fromEntries(decoder.finish())
  return [Buffer.concat(chunks).toString('latin1'), found]
}

const text = (framed: string, mode: Mode = { signed: false, trailer: true }) =>
  decode([Buffer.from(framed, 'latin1')], mode)

test('AwsChunkedDecoder: every split of a framed body at every byte gives the same', () => {
  for (const mode of modes) {
    const framed = encode(Buffer.from('0123456789abcdef'), mode)
    const expected = ['0123456789abcdef', mode.trailer ? Object.fromEntries(trailers) : {}]
    assert.deepEqual(decode([framed], mode), expected)
    assert.deepEqual(
      decode(
        [...framed].map((byte) => Uint8Array.of(byte)),
        mode,
      ),
      expected,
    )
    for (let cut = 0; cut <= framed.length; cut += 1) {
      assert.deepEqual(decode([framed.subarray(0, cut), framed.subarray(cut)], mode), expected, `cut at ${cut}`)
    }
  }
})

test('AwsChunkedDecoder: undoes the encoder, for every body, chunk size and split', () => {
  const cuts = fc.array(fc.nat(400))
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 300 }),
      fc.integer({ min: 1, max: 100 }),
      cuts,
      fc.constantFrom(...modes),
      (body, chunkBytes, at, mode) => {
        const framed = encode(body, mode, chunkBytes)
        const edges = [0, ...at.filter((edge) => edge < framed.length).sort((a, b) => a - b), framed.length]
        const pieces = edges.slice(1).map((end, index) => framed.subarray(edges[index], end))
        assert.equal(decode(pieces, mode)[0], Buffer.from(body).toString('latin1'))
      },
    ),
  )
})

test('AwsChunkedDecoder: every change of one byte of a signed body is refused, or changes nothing', () => {
  const body = Buffer.from('0123456789')
  for (const mode of modes.filter(({ signed }) => signed)) {
    const framed = encode(body, mode)
    for (let at = 0; at < framed.length; at += 1) {
      for (const flip of [0x01, 0x20, 0x80, 0xff]) {
        const changed = Buffer.from(framed)
        changed[at] = (changed[at] as number) ^ flip
        let content: string
        try {
          content = decode([changed], mode)[0]
        } catch (error) {
          assert.match((error as { code: string }).code, /^(IncompleteBody|SignatureDoesNotMatch)$/)
          continue
        }
        assert.equal(content, body.toString(), `byte ${at} ^ ${flip}`)
      }
    }
  }
})

test('AwsChunkedDecoder: a body cut off anywhere is incomplete', () => {
  for (const mode of modes) {
    const framed = encode(Buffer.from('0123456789'), mode)
    for (let length = 0; length < framed.length; length += 1) {
      assert.throws(() => decode([framed.subarray(0, length)], mode), { code: 'IncompleteBody' }, `${length} bytes`)
    }
  }
})

test('AwsChunkedDecoder: bytes behind the end, and chunks that are moved, left out or sent twice', () => {
  for (const mode of modes) {
    const framed = encode(Buffer.from('0123456789'), mode)
    assert.throws(() => decode([framed, Buffer.from('x')], mode), { code: 'IncompleteBody' })
    assert.throws(() => decode([framed, framed], mode), { code: 'IncompleteBody' })
  }
  const mode = { signed: true, trailer: false }
  const framed = encode(Buffer.from('aaaaaaabbbbbbb'), mode).toString('latin1')
  const frame = /7;chunk-signature=[0-9a-f]{64}\r\n.{7}\r\n/g
  const [first = '', second = ''] = framed.match(frame) ?? []
  for (const moved of [
    framed.replace(first + second, second + first),
    framed.replace(first, ''),
    framed.replace(first, first + first),
    framed.replace(second, ''),
  ]) {
    assert.throws(() => text(moved, mode), { code: 'SignatureDoesNotMatch' })
  }
})

test('AwsChunkedDecoder: framing that is not well-formed', () => {
  for (const framed of [
    '\r\n',
    '\n0\r\n\r\n',
    '5\nhello\r\n0\r\n\r\n',
    '5\r\nhello0\r\n\r\n',
    '5\r\nhello\n0\r\n\r\n',
    '5\r\nhello\rx',
    '6\r\nhello\r\n0\r\n\r\n',
    '4\r\nhello\r\n0\r\n\r\n',
    '-5\r\nhello\r\n0\r\n\r\n',
    '0x5\r\nhello\r\n0\r\n\r\n',
    ' 5\r\nhello\r\n0\r\n\r\n',
    '5;name=value\r\nhello\r\n0\r\n\r\n',
    `5;chunk-signature=${'0'.repeat(64)}\r\nhello\r\n0\r\n\r\n`,
    '0\r\ntrailer\r\n\r\n',
    '0\r\n:value\r\n\r\n',
    '0\r\na:1\r\nA:2\r\n\r\n',
    '0\r\n\n',
  ]) {
    assert.throws(() => text(framed), { code: 'IncompleteBody' }, JSON.stringify(framed))
  }
  const signed = { signed: true, trailer: false }
  for (const framed of ['5\r\nhello\r\n0\r\n\r\n', '5;chunk-signature=0\r\nhello', '5;chunk-signature=\r\nhello']) {
    assert.throws(() => text(framed, signed), { code: 'IncompleteBody' }, framed)
  }
  const trailing = encode(Buffer.alloc(0), signed).toString('latin1').replace(/\r\n$/, 'a:1\r\n\r\n')
  assert.throws(() => text(trailing, signed), { code: 'IncompleteBody' })
})

test('AwsChunkedDecoder: huge sizes and endless lines', () => {
  assert.throws(() => text('fffffffffffff\r\nx'), { code: 'IncompleteBody' })
  assert.throws(() => text('ffffffffffff\r\nx'), { code: 'IncompleteBody', message: /before its last chunk/ })
  assert.throws(() => text('0'.repeat(1_000_000)), { code: 'IncompleteBody', message: /too long/ })
  assert.deepEqual(text('00000000005\r\nhello\r\n000000000000\r\n\r\n')[0], 'hello')
  const long = `a:${'b'.repeat(limits.chunkLineBytesMax - 10)}\r\n`
  const many = Array.from({ length: 9 }, (_, index) => `${index}${long}`).join('')
  assert.throws(() => text(`0\r\n${many}\r\n`), { code: 'IncompleteBody', message: /trailers are too long/ })
})

test('AwsChunkedDecoder: trailers as SDKs send them', () => {
  const found = { 'x-amz-checksum-crc32': 'AAAAAA==' }
  assert.deepEqual(text('0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n')[1], found)
  assert.deepEqual(text('0\r\nX-Amz-Checksum-CRC32 : AAAAAA== \r\n\r\n')[1], found)
  assert.deepEqual(text('0\r\n\r\n')[1], {})
  // MinIO's client for Go: LF CRLF, then CRLF.
  assert.deepEqual(text('0\r\nx-amz-checksum-crc32:AAAAAA==\n\r\n\r\n')[1], found)
  const mode = { signed: true, trailer: true }
  const signed = encode(Buffer.from('hello'), mode).toString('latin1')
  const likeMinio = signed.replace('AAAAAA==\r\n', 'AAAAAA==\n\r\n')
  assert.deepEqual(text(likeMinio, mode), ['hello', found])
  assert.throws(() => text('0\r\nx-amz-checksum-crc32:AAAAAA==\n\r\n'), { code: 'IncompleteBody' })
})

test('AwsChunkedDecoder: trailers of signed chunks are signed', () => {
  const mode = { signed: true, trailer: true }
  const signed = encode(Buffer.from('hello'), mode).toString('latin1')
  assert.throws(() => text(signed.replace('AAAAAA', 'BBBBBB'), mode), { code: 'SignatureDoesNotMatch' })
  assert.throws(() => text(signed.replace('\r\nx-amz-trailer', '\r\nx-amz-more:1\r\nx-amz-trailer'), mode), {
    code: 'SignatureDoesNotMatch',
  })
  const unsigned = signed.replace(/x-amz-trailer-signature.*\r\n/, '')
  assert.throws(() => text(unsigned, mode), { code: 'IncompleteBody', message: /x-amz-trailer-signature/ })
})

test('AwsChunkedDecoder: waits for a sink that wants it to', async () => {
  const mode = modes[0] as Mode
  const framed = encode(Buffer.from('0123456789'), mode, 3)
  const chunks: string[] = []
  let isBusy = false
  const sink: ByteSink = {
    async write(chunk) {
      assert.ok(!isBusy)
      isBusy = true
      await Promise.resolve()
      chunks.push(Buffer.from(chunk).toString())
      isBusy = false
    },
  }
  const decoder = new AwsChunkedDecoder(sink, { trailer: true })
  await decoder.write(framed)
  decoder.finish()
  assert.deepEqual(chunks, ['012', '345', '678', '9'])
})

test('AwsChunkedDecoder: a sink that fails ends it', async () => {
  const framed = encode(Buffer.from('0123456789'), modes[0] as Mode, 3)
  const fails = new AwsChunkedDecoder({ write: () => Promise.reject(new Error('full')) }, { trailer: true })
  await assert.rejects(async () => fails.write(framed), /full/)
})
