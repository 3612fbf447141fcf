import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Headers } from '../headers.ts'
import { requireSigned } from './require-signed.ts'

test('requireSigned: names that are signed twice, or were not sent, cover nothing else', () => {
  const headers = new Headers(['host', 'h', 'x-amz-date', 'd', 'x-amz-acl', 'a'])
  requireSigned(headers, ['host', 'x-amz-acl', 'x-amz-date'])
  requireSigned(headers, ['host', 'x-amz-acl', 'x-amz-acl', 'x-amz-date', 'x-amz-tagging'])
  for (const signed of [
    ['host', 'x-amz-date'],
    ['host', 'x-amz-date', 'x-amz-date'],
    ['host', 'x-amz-date', 'x-amz-tagging'],
  ]) {
    assert.throws(() => requireSigned(headers, signed), { details: { HeadersNotSigned: 'x-amz-acl' } })
  }
})

test('requireSigned: many headers take linear time', () => {
  const names = Array.from({ length: 50_000 }, (_, index) => `x-amz-meta-${index}`).sort()
  const headers = new Headers(['host', 'h', ...names.flatMap((name) => [name, ''])])
  const startMs = performance.now()
  requireSigned(headers, ['host', ...names])
  assert.throws(() => requireSigned(headers, ['host', ...names.slice(1)]), { details: { HeadersNotSigned: names[0] } })
  assert.ok(performance.now() - startMs < 2000)
})
