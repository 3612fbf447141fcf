import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Headers, headerBytes, headerText, isSendableHeader, trimBlanks } from './headers.ts'

test('Headers: names in any case, values without outer blanks', () => {
  const headers = new Headers(['Content-Type', ' \t text/plain \t', 'X-Amz-Meta-A', ''])
  assert.equal(headers.get('content-type'), 'text/plain')
  assert.equal(headers.get('x-amz-meta-a'), '')
  assert.equal(headers.get('Content-Type'), undefined)
  assert.ok(headers.has('x-amz-meta-a'))
  assert.ok(!headers.has('x-amz-meta-b'))
  assert.deepEqual([...headers.names()], ['content-type', 'x-amz-meta-a'])
  assert.deepEqual(
    [...headers.entries()],
    [
      ['content-type', 'text/plain'],
      ['x-amz-meta-a', ''],
    ],
  )
})

test('Headers: values of one name are joined in the order in which they came', () => {
  const headers = new Headers(['A', '1', 'b', 'x', 'a', ' 2', 'a', ''])
  assert.equal(headers.get('a'), '1,2,')
})

test('Headers: names that objects have from birth are names like all others', () => {
  const headers = new Headers(['__proto__', 'a', 'constructor', 'b', 'toString', 'c'])
  assert.equal(headers.get('__proto__'), 'a')
  assert.equal(headers.get('constructor'), 'b')
  assert.ok(!headers.has('hasownproperty'))
})

test('Headers: a UTF-8 character whose last byte is 0xa0 is whole', () => {
  const latin1 = Buffer.from('voilà').toString('latin1')
  assert.equal(headerText(new Headers(['x-amz-meta-a', ` ${latin1} `]).get('x-amz-meta-a') ?? ''), 'voilà')
  assert.equal(trimBlanks('\u00a0\u0085\ufeffa\u00a0'), '\u00a0\u0085\ufeffa\u00a0')
})

test('headerText, headerBytes: UTF-8 there and back, ASCII as it is', () => {
  for (const text of ['', 'plain', 'äöü', '鍵', '🔑', 'a\u00a0']) assert.equal(headerText(headerBytes(text)), text)
  assert.equal(headerBytes('é'), 'Ã©')
})

test('isSendableHeader: line ends, controls and names that are no token are not', () => {
  assert.ok(isSendableHeader('x-amz-meta-a_b.c', 'a\tb \x80\xff'))
  for (const value of ['a\nb', 'a\rb', '\0', '\x1f', '\x7f', 'ā']) assert.ok(!isSendableHeader('a', value), value)
  for (const name of ['', 'a b', 'a:b', 'a\nb', 'ä', 'a"', 'a(b)']) assert.ok(!isSendableHeader(name, 'a'), name)
})
