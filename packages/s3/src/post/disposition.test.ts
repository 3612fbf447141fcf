import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readDisposition } from './disposition.ts'

function read(line: string): string[] | undefined {
  const found = readDisposition(`\r\nContent-Type: text/plain\r\n${line}\r\nX: y`)
  return found && [found.name, found.filename]
}

test('readDisposition: names in lower case, filenames without folders', () => {
  assert.deepEqual(read('Content-Disposition: form-data; name="Key"'), ['key', ''])
  assert.deepEqual(read('content-disposition:form-data;name=Key ; filename=a.txt'), ['key', 'a.txt'])
  assert.deepEqual(read('Content-Disposition: form-data; filename="/etc/a.txt"; name="file"'), ['file', 'a.txt'])
  assert.deepEqual(read('Content-Disposition: form-data; name="file"; filename="C:\\dir\\a.txt"'), ['file', 'a.txt'])
  assert.deepEqual(read('Content-Disposition: form-data; name="file"; filename=""'), ['file', ''])
  assert.deepEqual(read('Content-Disposition: form-data; name="file"; filename="é 鍵.txt"'), ['file', 'é 鍵.txt'])
})

test('readDisposition: quotes as browsers and as curl write them', () => {
  assert.deepEqual(read('Content-Disposition: form-data; name="file"; filename="a%22b.txt"'), ['file', 'a"b.txt'])
  assert.deepEqual(read('Content-Disposition: form-data; name="file"; filename="a\\"b.txt"'), ['file', 'a"b.txt'])
})

test('readDisposition: a parameter inside of a value is none, and the first of a name counts', () => {
  assert.deepEqual(read('Content-Disposition: form-data; filename="; name=key; x=\\""; name="file"')?.[0], 'file')
  assert.deepEqual(read('Content-Disposition: form-data; name="file"; name="key"'), ['file', ''])
  assert.deepEqual(read('Content-Disposition: form-data; xname="key"; name="acl"'), ['acl', ''])
})

test('readDisposition: no name, no part', () => {
  for (const line of ['', 'Content-Disposition: form-data', 'Content-Disposition: attachment; name="key"']) {
    assert.equal(read(line), undefined, line)
  }
  assert.equal(read('Content-Disposition: form-data; filename="name=key'), undefined)
})

test('readDisposition: a line of any kind takes linear time', () => {
  const startMs = performance.now()
  for (const filler of ['; name="', '\\', ' ', ';', '="', '\r\ncontent-disposition', '\ncontent-disposition: ']) {
    readDisposition(`content-disposition: form-data${filler.repeat(100_000)}`)
  }
  assert.ok(performance.now() - startMs < 1000)
})
