import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isBucketName, requireBucketName, requireKey } from './names.ts'

test('isBucketName: 3 to 63 of lower-case letters, digits, dots and hyphens', () => {
  for (const name of ['abc', '123', 'a.b-c', 'a-.b', 'a'.repeat(63), '1.2.3', '1.2.3.4a', 'constructor']) {
    assert.ok(isBucketName(name), name)
  }
  const bad = ['', 'ab', 'a'.repeat(64), 'Abc', 'a_b', '-ab', 'ab-', '.ab', 'ab.', 'a..b', '192.168.5.4', 'a b', 'a/b']
  for (const name of [...bad, 'abc\n', 'äbc', '__proto__', '..']) assert.ok(!isBucketName(name), name)
})

test('requireBucketName: the error tells the name, cut to a bearable length', () => {
  requireBucketName('photos')
  assert.throws(() => requireBucketName('A'.repeat(999)), {
    code: 'InvalidBucketName',
    details: { BucketName: 'A'.repeat(255) },
  })
})

test('requireKey: 1,024 bytes of UTF-8, not characters', () => {
  requireKey('a'.repeat(1024))
  requireKey('é'.repeat(512))
  requireKey('🔑'.repeat(256))
  for (const key of ['a'.repeat(1025), 'é'.repeat(513), '🔑'.repeat(257)]) {
    assert.throws(() => requireKey(key), { code: 'KeyTooLongError' })
  }
  assert.throws(() => requireKey('é'.repeat(513)), { details: { Size: '1026', MaxSizeAllowed: '1024' } })
})

test('requireKey: anything but NUL', () => {
  for (const key of ['..', '/', '//', '\x01', '\n', ' ', '\u00a0', '\ufffe', '~', '__proto__']) requireKey(key)
  assert.throws(() => requireKey('a\0b'), { code: 'InvalidArgument' })
})
