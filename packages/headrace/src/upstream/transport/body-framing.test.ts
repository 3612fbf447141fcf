import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ChunkedDecoder } from './chunked-decoder.ts'

/** What a decoder makes of bytes that come in these reads, and what of the last read is left. */
function decode(reads: readonly Buffer[]): { body: string; isDone: boolean; left: string } {
  const decoder = new ChunkedDecoder()
  let body = ''
  let left = ''
  for (const bytes of reads) {
    const window = { bytes, at: 0 }
    for (let piece = decoder.next(window); piece !== undefined; piece = decoder.next(window)) {
      assert.ok(piece.length > 0, 'nothing empty is passed on')
      body += piece.toString('latin1')
    }
    left += bytes.toString('latin1', window.at)
  }
  return { body, isDone: decoder.isDone, left }
}

const decodeText = (...reads: string[]) => decode(reads.map((read) => Buffer.from(read, 'latin1')))

test('chunks: extensions and trailers are taken off', () => {
  const text = '4;name=value\r\nWiki\r\n5 ; x\r\npedia\r\n000\r\nexpires: never\r\nx:\r\n\r\n'
  assert.deepEqual(decodeText(text), { body: 'Wikipedia', isDone: true, left: '' })
})

test('chunks: bytes behind the end are left where they are', () => {
  assert.deepEqual(decodeText('1\r\na\r\n0\r\n\r\nHTTP/1.1'), { body: 'a', isDone: true, left: 'HTTP/1.1' })
})

test('chunks: a body that breaks off is not done', () => {
  const text = 'A\r\n0123456789\r\n0\r\n\r\n'
  for (let count = 0; count < text.length; count += 1) {
    assert.equal(decodeText(text.slice(0, count)).isDone, false)
  }
})

const malformed: Record<string, string> = {
  'no size': '\r\n',
  'a size that is none': 'g\r\n',
  'a negative size': '-1\r\n',
  'a size in the notation of programs': '0x1\r\na\r\n',
  'a size beyond all numbers': '12345678901234\r\n',
  'a line without CR': '1\na\r\n',
  'a chunk that is longer than its size': '1\r\nab\r\n',
  'a chunk without an end': '1\r\na0\r\n\r\n',
  'a trailer that is none': '0\r\nabc\r\n\r\n',
  'a folded trailer': '0\r\na: b\r\n c\r\n\r\n',
  'a control character in an extension': '1;\x01\r\na\r\n',
  'an endless extension': `1;${'a'.repeat(300)}`,
  'endless trailers': `0\r\n${`a: ${'b'.repeat(1000)}\r\n`.repeat(20)}`,
}

for (const [what, text] of Object.entries(malformed)) {
  test(`chunks: ${what}: refused, wherever it is cut`, () => {
    assert.throws(() => decodeText(text), { name: 'MalformedReply' })
    assert.throws(() => decodeText(...text), { name: 'MalformedReply' })
  })
}

test('chunks: any body in any chunks and any reads is the same', () => {
  const chunk = fc.uint8Array({ minLength: 1, maxLength: 40 })
  const cuts = fc.array(fc.nat(500), { maxLength: 20 })
  fc.assert(
    fc.property(fc.array(chunk, { maxLength: 8 }), cuts, fc.boolean(), (chunks, cuts, hasTrailer) => {
      const parts = chunks.flatMap((bytes) => [`${bytes.length.toString(16)}\r\n`, Buffer.from(bytes), '\r\n'])
      parts.push(hasTrailer ? '0\r\nx: y\r\n\r\n' : '0\r\n\r\n')
      const wire = Buffer.concat(parts.map((part) => Buffer.from(part as string)))
      const expected = { body: Buffer.concat(chunks).toString('latin1'), isDone: true, left: '' }
      assert.deepEqual(decode(cut(wire, cuts)), expected)
    }),
  )
})

function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const sorted = [0, ...places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]
  return sorted.slice(1).map((place, index) => bytes.subarray(sorted[index], place))
}
