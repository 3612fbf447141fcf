import assert from 'node:assert/strict'
import { test } from 'node:test'
import { framingOf } from './body-framing.ts'
import { findHeadEnd, parseReplyHead } from './reply-head.ts'

const head = (...lines: string[]) => Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1')
const parse = (...lines: string[]) => parseReplyHead(head(...lines))

test('heads: status, version and headers', () => {
  const { status, minorVersion, headers } = parse(
    'HTTP/1.1 206 Partial Content',
    'ETag: "a:b"',
    'x-empty:',
    'A:\t b ',
    'a: c',
  )
  assert.equal(status, 206)
  assert.equal(minorVersion, 1)
  assert.deepEqual(
    [...headers.entries()],
    [
      ['etag', '"a:b"'],
      ['x-empty', ''],
      ['a', 'b,c'],
    ],
  )
  assert.equal(parse('HTTP/1.0 200').minorVersion, 0)
  assert.equal(parse('HTTP/1.1 200 ').status, 200)
  assert.equal(parse('HTTP/1.1 404 gibt’s nicht'.replace('’', '\xb4')).status, 404)
})

const malformed: Record<string, Buffer> = {
  'another version': head('HTTP/1.2 200 OK'),
  'a status of two digits': head('HTTP/1.1 20 OK'),
  'a status that is none': head('HTTP/1.1 700 OK'),
  'no blank before the reason': head('HTTP/1.1 200OK'),
  'a folded header': head('HTTP/1.1 200 OK', 'a: b', ' c'),
  'a blank before the colon': head('HTTP/1.1 200 OK', 'a : b'),
  'a header without a name': head('HTTP/1.1 200 OK', ': b'),
  'a line without a colon': head('HTTP/1.1 200 OK', 'a'),
  'a NUL in a value': head('HTTP/1.1 200 OK', 'a: b\0'),
  'a CR in a value': head('HTTP/1.1 200 OK', 'a: b\rc: d'),
  'an LF in a value': head('HTTP/1.1 200 OK', 'a: b\nc: d'),
  'a CR in the reason': head('HTTP/1.1 200 O\rK'),
  'a name with bytes beyond ASCII': head('HTTP/1.1 200 OK', '\xe4: b'),
}

for (const [what, bytes] of Object.entries(malformed)) {
  test(`heads: ${what} is refused`, () => {
    assert.throws(() => parseReplyHead(bytes), { name: 'MalformedReply' })
  })
}

test('heads: the message of what is wrong shows the line, shortened and quoted', () => {
  assert.throws(() => parse('HTTP/1.1 200 OK', 'a: b', ' folded'), /folded over lines: " folded"/)
  assert.throws(() => parse('HTTP/1.1 200 OK', `a: ${'b'.repeat(100)}\0`), /no header: "a: b{57}…"/)
})

test('heads: the end is found as soon as it is there', () => {
  const bytes = Buffer.concat([head('HTTP/1.1 200 OK', 'a: b'), Buffer.from('body')])
  for (let count = 0; count < bytes.length; count += 1) {
    const end = findHeadEnd(bytes.subarray(0, count), 100)
    assert.equal(end, count < bytes.length - 4 ? undefined : bytes.length - 4)
  }
})

test('heads: whoever speaks something else is recognised at the first byte', () => {
  for (const text of ['SSH-2.0', 'HTTP/2', '\x15\x03\x01', ' HTTP/1.1', '\r\n', 'H ']) {
    assert.throws(() => findHeadEnd(Buffer.from(text), 100), /no reply of HTTP\/1\.1 begins with/)
  }
})

test('heads: none is longer than is allowed, whole or not', () => {
  const bytes = head('HTTP/1.1 200 OK', 'a: b')
  assert.equal(findHeadEnd(bytes, bytes.length), bytes.length)
  assert.throws(() => findHeadEnd(bytes, bytes.length - 1), /longer than/)
  assert.throws(() => findHeadEnd(bytes.subarray(0, 20), 19), /longer than/)
})

const sizeOf = (method: string, ...lines: string[]) => framingOf(parse(...lines), method).sizeBytes

test('framing: what delimits the body', () => {
  const ok = 'HTTP/1.1 200 OK'
  assert.equal(sizeOf('GET', ok, 'content-length: 12'), 12)
  assert.equal(sizeOf('GET', ok, 'content-length: 12', 'content-length: 12'), 12)
  assert.equal(sizeOf('GET', ok, 'content-length: 5368709120000'), 5_368_709_120_000)
  assert.equal(sizeOf('GET', ok, 'transfer-encoding: Chunked'), undefined)
  assert.equal(framingOf(parse(ok), 'GET').endsWithConnection, true)
  assert.equal(framingOf(parse(ok, 'transfer-encoding: chunked'), 'GET').endsWithConnection, false)
})

test('framing: replies that never have a body', () => {
  assert.equal(sizeOf('HEAD', 'HTTP/1.1 200 OK', 'content-length: 12'), 0)
  assert.equal(sizeOf('HEAD', 'HTTP/1.1 200 OK', 'transfer-encoding: chunked'), 0)
  assert.equal(sizeOf('HEAD', 'HTTP/1.1 200 OK'), 0)
  assert.equal(sizeOf('GET', 'HTTP/1.1 304 Not Modified', 'content-length: 12'), 0)
  assert.equal(sizeOf('DELETE', 'HTTP/1.1 204 No Content'), 0)
})

const ambiguous: Record<string, readonly string[]> = {
  'conflicting lengths': ['content-length: 12', 'content-length: 13'],
  'conflicting lengths in one header': ['content-length: 12, 13'],
  'an empty length': ['content-length:'],
  'a length with a sign': ['content-length: +12'],
  'a negative length': ['content-length: -1'],
  'a length with a blank': ['content-length: 1 2'],
  'a hexadecimal length': ['content-length: 0x10'],
  'a length beyond all sizes': ['content-length: 1234567890123456'],
  'a length and an encoding': ['content-length: 12', 'transfer-encoding: chunked'],
  'two encodings': ['transfer-encoding: gzip, chunked'],
  'the encoding twice': ['transfer-encoding: chunked', 'transfer-encoding: chunked'],
  'an unknown encoding': ['transfer-encoding: identity'],
}

for (const [what, lines] of Object.entries(ambiguous)) {
  test(`framing: ${what}: refused`, () => {
    assert.throws(() => framingOf(parse('HTTP/1.1 200 OK', ...lines), 'GET'), { name: 'MalformedReply' })
  })
}

test('framing: HTTP/1.0 knows no chunks', () => {
  assert.throws(() => framingOf(parse('HTTP/1.0 200 OK', 'transfer-encoding: chunked'), 'GET'), /HTTP\/1\.0/)
})
