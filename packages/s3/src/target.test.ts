import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Headers } from './headers.ts'
import { parseTarget, percentDecode, Query, requireSameAuthority, uriEncode, uriEncodePath } from './target.ts'

function query(text: string): string[][] {
  return parseTarget(`/?${text}`).query.parameters.map(({ name, value }) => [name, value])
}

test('parseTarget: dots, double slashes and escapes of the path stay as they are', () => {
  for (const path of ['/', '//', '/a//b', '/a/../b/./c', '/..', '/a%2Fb', '/a%2fb%20c', '/a+b', '/a;b', '/é', '/a#b']) {
    assert.equal(parseTarget(path).rawPath, path)
    assert.equal(parseTarget(`${path}?x=1`).rawPath, path)
  }
})

test('parseTarget: absolute form, as proxies are sent it', () => {
  assert.equal(parseTarget('http://s3.example.com/a//b?c').rawPath, '/a//b')
  assert.equal(parseTarget('HTTPS://user@host:1/').rawPath, '/')
  assert.equal(parseTarget('http://host').rawPath, '/')
  assert.ok(parseTarget('http://host?acl').query.has('acl'))
})

test('requireSameAuthority: a target in absolute form names the host of the Host header', () => {
  const require = (target: string, host: string[]) => requireSameAuthority(parseTarget(target), new Headers(host))
  require('/a', ['host', 'any'])
  require('http://photos.S3.example.com/a', ['host', 'Photos.s3.example.com'])
  require('HTTP://host:80/a', ['host', 'host'])
  require('https://host', ['host', 'host:443'])
  require('http://host:9000?acl', ['host', 'host:9000'])
  for (const target of [
    'http://photos/a',
    'http://user@host/a',
    'http://host:443/a',
    'https://host:80',
    'http://hos',
  ]) {
    assert.throws(() => require(target, ['host', 'host']), { code: 'InvalidURI', message: /Host header/ }, target)
  }
  assert.throws(() => require('http://host/a', []), { code: 'InvalidURI' })
})

test('parseTarget: what is no path is refused', () => {
  for (const target of ['*', 'a/b', 'ftp://host/a', 'host:443', 'http:///a', '']) {
    assert.throws(() => parseTarget(target), { code: 'InvalidURI', details: { URI: target } })
  }
})

test('parseTarget: parameters in order, decoded once, a plus as space', () => {
  assert.deepEqual(query('b=2&a=1&b=3'), [
    ['b', '2'],
    ['a', '1'],
    ['b', '3'],
  ])
  assert.deepEqual(query('prefix=a+b%2Bc%252F'), [['prefix', 'a b+c%2F']])
  assert.deepEqual(query('a&b=&=c&&d=e=f?g'), [
    ['a', ''],
    ['b', ''],
    ['', 'c'],
    ['d', 'e=f?g'],
  ])
  assert.deepEqual(query('%C3%BC=%F0%9F%94%91'), [['ü', '🔑']])
})

test('parseTarget: a query that is not percent-encoded UTF-8 is refused', () => {
  for (const text of ['%', '%zz', 'a=%C3', '%ff', '%ED%A0%80', '%C0%80']) {
    assert.throws(() => query(text), { code: 'InvalidURI' }, text)
  }
})

test('Query: the first of a name counts, and all can be asked for', () => {
  const { query: twice } = parseTarget('/?a=1&b&a=2')
  assert.equal(twice.get('a'), '1')
  assert.deepEqual(twice.getAll('a'), ['1', '2'])
  assert.deepEqual(twice.getAll('c'), [])
  assert.equal(twice.get('b'), '')
  assert.ok(twice.has('b'))
  assert.ok(!twice.has('constructor'))
  assert.equal(twice.get('__proto__'), undefined)
  assert.equal(parseTarget('/').query, Query.empty)
})

test('percentDecode: bytes above 0x7f that came undecoded are UTF-8 too', () => {
  assert.equal(percentDecode(Buffer.from('naïve/鍵').toString('latin1')), 'naïve/鍵')
  assert.equal(percentDecode(`${Buffer.from('ä').toString('latin1')}%C3%A4`), 'ää')
  assert.throws(() => percentDecode('\xff'), { code: 'InvalidURI' })
})

test('uriEncode: every byte but the unreserved characters, in upper case', () => {
  assert.equal(uriEncode("a b+c/~-._!'()*é"), 'a%20b%2Bc%2F~-._%21%27%28%29%2A%C3%A9')
  assert.equal(uriEncodePath('a b/c*/é'), 'a%20b/c%2A/%C3%A9')
  assert.equal(uriEncodePath('/plain/path.txt'), '/plain/path.txt')
})

test('percentDecode: undoes uriEncode, for every text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      assert.equal(percentDecode(uriEncode(text)), text)
      assert.equal(percentDecode(uriEncodePath(text)), text)
      assert.match(uriEncode(text), /^(?:[A-Za-z0-9._~-]|%[0-9A-F]{2})*$/)
    }),
  )
})
