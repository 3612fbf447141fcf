import assert from 'node:assert/strict'
import { test } from 'node:test'
import { limits } from '../limits.ts'
import { FormReader, type FormStart, formBoundary } from './form-reader.ts'

const boundary = 'x-boundary'

function part(name: string, value: string, more = ''): string {
  return `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n${value}\r\n`
}

function form(fields: Record<string, string>, file = 'content', filename = 'a.txt'): string {
  const parts = Object.entries(fields).map(([name, value]) => part(name, value))
  return `${parts.join('')}${part('file', file, `; filename="${filename}"`)}--${boundary}--\r\n`
}

/** Feeds pieces of a form as a front does. */
function read(pieces: readonly Uint8Array[]): { start: FormStart | undefined; file: string } {
  const reader = new FormReader(boundary)
  const chunks: Buffer[] = []
  const sink = { write: (chunk: Uint8Array) => void chunks.push(Buffer.from(chunk)) }
  let start: FormStart | undefined
  for (const piece of pieces) {
    // The memory of a chunk is the writer's again: what the reader keeps of it must be a copy.
    const lent = Buffer.from(piece)
    if (start === undefined) {
      start = reader.readFields(lent)
      if (start !== undefined) reader.readFile(new Uint8Array(0), sink)
    } else reader.readFile(lent, sink)
    lent.fill('!')
  }
  reader.finish()
  return { start, file: Buffer.concat(chunks).toString('latin1') }
}

const text = (whole: string) => read([Buffer.from(whole)])

test('FormReader: fields, then the file', () => {
  const { start, file } = text(form({ Key: 'a/$name', 'x-amz-meta-ü': 'é', acl: '' }, 'con\r\n--tent', 'b.txt'))
  assert.deepEqual(
    [...(start?.fields ?? [])],
    [
      ['key', 'a/$name'],
      ['x-amz-meta-ü', 'é'],
      ['acl', ''],
    ],
  )
  assert.equal(start?.filename, 'b.txt')
  assert.equal(file, 'con\r\n--tent')
})

test('FormReader: every split at every byte gives the same', () => {
  const whole = Buffer.from(form({ key: 'k', policy: 'p\r\nq' }, 'one\r\n--x-boundar\r\ntwo\r\n'))
  const expected = text(whole.toString())
  for (let cut = 0; cut <= whole.length; cut += 1) {
    assert.deepEqual(read([whole.subarray(0, cut), whole.subarray(cut)]), expected, `cut at ${cut}`)
  }
  assert.deepEqual(read([...whole].map((byte) => Uint8Array.of(byte))), expected)
})

test('FormReader: what follows the file is ignored', () => {
  const whole = `${part('key', 'k')}${part('file', 'content')}${part('key', 'other')}${part('file', 'other')}--${boundary}--`
  const { start, file } = text(whole)
  assert.equal(start?.fields.get('key'), 'k')
  assert.equal(file, 'content')
})

test('FormReader: an empty file, and a form that is only a file', () => {
  assert.equal(text(form({ key: 'k' }, '')).file, '')
  assert.equal(text(form({})).start?.fields.size, 0)
})

test('FormReader: a form that breaks off', () => {
  const whole = form({ key: 'k' })
  const fileBegins = whole.indexOf('content')
  for (let length = 0; length < whole.length; length += 1) {
    const isWhole = length >= whole.indexOf(`--${boundary}--`) + boundary.length + 2
    if (isWhole) assert.equal(text(whole.slice(0, length)).file, 'content')
    else {
      const code = length < fileBegins ? 'MalformedPOSTRequest' : 'IncompleteBody'
      assert.throws(() => text(whole.slice(0, length)), { code }, `${length} bytes`)
    }
  }
})

test('FormReader: a form that is none', () => {
  for (const whole of ['hello\r\n'.repeat(3), '{"key": "value"}', '--other\r\n\r\n\r\n\r\n']) {
    assert.throws(() => text(whole), { code: 'MalformedPOSTRequest', message: /begin with its boundary/ })
  }
  const nameless = `--${boundary}\r\nContent-Type: text/plain\r\n\r\nvalue\r\n--${boundary}--`
  assert.throws(() => text(nameless), { code: 'MalformedPOSTRequest', message: /no name/ })
  assert.throws(() => text(`--${boundary}\r\n\r\nvalue`), { code: 'MalformedPOSTRequest' })
})

test('FormReader: a form without a file', () => {
  assert.throws(() => text(`${part('key', 'k')}--${boundary}--\r\n`), { code: 'IncorrectNumberOfFilesInPostRequest' })
  assert.throws(() => text(`--${boundary}--`), { code: 'IncorrectNumberOfFilesInPostRequest' })
  const quoting = form({ key: `k--${boundary}--` })
  assert.equal(text(quoting).start?.fields.get('key'), `k--${boundary}--`)
})

test('FormReader: the fields are limited together, one by one, and before they are complete', () => {
  const code = 'MaxPostPreDataLengthExceeded'
  const half = 'v'.repeat(limits.formFieldsBytesMax / 2)
  assert.ok(text(form({ a: half })).start)
  assert.throws(() => text(form({ a: half, b: half })), { code })
  assert.throws(() => text(part('a', 'v'.repeat(limits.formFieldsBytesMax))), { code })
  const many = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`name${index}`, 'value']))
  assert.throws(() => text(form(many)), { code })
  const bytes = [...Buffer.from(form(many))].map((byte) => Uint8Array.of(byte))
  assert.throws(() => read(bytes), { code })
  assert.throws(() => text(`--${boundary}\r\n${'x'.repeat(limits.formFieldsBytesMax)}`), { code })
})

test('FormReader: a large file behind small fields is no large field', () => {
  const file = 'z'.repeat(limits.formFieldsBytesMax * 3)
  assert.equal(text(form({ key: 'k' }, file)).file, file)
})

test('FormReader: waits for the sink, and is silent behind the end', async () => {
  const reader = new FormReader(boundary)
  assert.ok(reader.readFields(Buffer.from(form({ key: 'k' }))))
  const wait = Promise.resolve()
  assert.equal(reader.readFile(new Uint8Array(0), { write: () => wait }), wait)
  assert.equal(reader.readFile(Buffer.from('more'), { write: () => assert.fail() }), undefined)
  reader.finish()
})

test('formBoundary: quoted or not, at any place', () => {
  assert.equal(formBoundary('multipart/form-data; boundary=abc'), 'abc')
  assert.equal(formBoundary('Multipart/Form-Data; charset=utf-8; Boundary="a b;c"; x=y'), 'a b;c')
  for (const type of [
    undefined,
    '',
    'text/plain; boundary=a',
    'multipart/form-data',
    'multipart/form-data; boundary=',
  ]) {
    assert.throws(() => formBoundary(type), { code: 'MalformedPOSTRequest' })
  }
})

test('formBoundary: a header of any kind takes linear time', () => {
  const startMs = performance.now()
  for (const filler of ['boundary=;', ' boundary=""', ';', ' ']) {
    assert.throws(() => formBoundary(`multipart/form-data;${filler.repeat(100_000)}`))
  }
  assert.ok(performance.now() - startMs < 1000)
})

test('FormReader: what is not UTF-8 is refused, not changed', () => {
  for (const whole of [form({ key: 'k\xff' }), form({ 'k\xff': 'v' }), form({ key: 'k' }, 'content', '\xff.txt')]) {
    assert.throws(() => read([Buffer.from(whole, 'latin1')]), { code: 'MalformedPOSTRequest', message: /UTF-8/ })
  }
  assert.equal(text(form({ key: '\ufeffk' })).start?.fields.get('key'), '\ufeffk')
  assert.equal(read([Buffer.from(form({ key: 'k' }, '\xff'), 'latin1')]).file, '\xff')
})
