import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  matchesIfRange,
  parseEtagCondition,
  readConditions,
  readIfRange,
  readWriteConditions,
  requireConditions,
  requireCopyConditions,
  requireWriteConditions,
  unquoteEtag,
} from './conditions.ts'
import { Headers } from './headers.ts'

const modifiedMs = Date.UTC(2026, 10, 21, 13, 41, 0, 500)
const object = { etag: 'abc', lastModifiedMs: modifiedMs }
const same = 'Sat, 21 Nov 2026 13:41:00 GMT'
const before = 'Sat, 21 Nov 2026 13:40:59 GMT'
const after = 'Sat, 21 Nov 2026 13:41:01 GMT'

function read(headers: Record<string, string>): string {
  try {
    requireConditions(readConditions(new Headers(Object.entries(headers).flat())), object)
    return 'ok'
  } catch (error) {
    return (error as { code: string }).code
  }
}

test('readConditions: none without headers; dates that cannot be read are ignored', () => {
  assert.equal(readConditions(new Headers(['if-match', '', 'range', 'bytes=0-1'])), undefined)
  assert.equal(read({ 'if-modified-since': 'soon', 'if-unmodified-since': 'late' }), 'ok')
})

test('parseEtagCondition: quoted, bare, weak, several, and the star', () => {
  assert.equal(parseEtagCondition(undefined), undefined)
  assert.equal(parseEtagCondition(''), undefined)
  assert.equal(parseEtagCondition(' * '), '*')
  assert.deepEqual(parseEtagCondition('"a", b ,W/"c"'), ['a', 'b', 'c'])
  assert.equal(unquoteEtag('""'), '')
  assert.equal(unquoteEtag('"a'), '"a')
})

test('requireConditions: If-Match and If-None-Match', () => {
  assert.equal(read({ 'if-match': '"abc"' }), 'ok')
  assert.equal(read({ 'if-match': 'abc' }), 'ok')
  assert.equal(read({ 'if-match': '*' }), 'ok')
  assert.equal(read({ 'if-match': '"x", "abc"' }), 'ok')
  assert.equal(read({ 'if-match': '"ABC"' }), 'PreconditionFailed')
  assert.equal(read({ 'if-none-match': '"x"' }), 'ok')
  assert.equal(read({ 'if-none-match': 'W/"abc"' }), 'NotModified')
  assert.equal(read({ 'if-none-match': '*' }), 'NotModified')
})

test('requireConditions: dates have whole seconds', () => {
  assert.equal(read({ 'if-modified-since': same }), 'NotModified')
  assert.equal(read({ 'if-modified-since': after }), 'NotModified')
  assert.equal(read({ 'if-modified-since': before }), 'ok')
  assert.equal(read({ 'if-unmodified-since': same }), 'ok')
  assert.equal(read({ 'if-unmodified-since': after }), 'ok')
  assert.equal(read({ 'if-unmodified-since': before }), 'PreconditionFailed')
})

test('requireConditions: ETags overrule dates (RFC 9110, section 13.2.2)', () => {
  assert.equal(read({ 'if-match': 'abc', 'if-unmodified-since': before }), 'ok')
  assert.equal(read({ 'if-match': 'x', 'if-unmodified-since': after }), 'PreconditionFailed')
  assert.equal(read({ 'if-none-match': 'x', 'if-modified-since': after }), 'ok')
  assert.equal(read({ 'if-none-match': 'abc', 'if-modified-since': before }), 'NotModified')
  assert.equal(read({ 'if-match': 'abc', 'if-none-match': 'abc' }), 'NotModified')
  assert.equal(read({ 'if-match': 'x', 'if-none-match': 'abc' }), 'PreconditionFailed')
})

test('requireConditions: a 304 tells the version, a 412 the condition', () => {
  assert.throws(() => requireConditions({ ifNoneMatch: '*' }, object), {
    code: 'NotModified',
    headers: { etag: '"abc"', 'last-modified': same },
  })
  const conditions = { ifUnmodifiedSinceMs: modifiedMs - 2000 }
  assert.throws(() => requireConditions(conditions, object), { details: { Condition: 'If-Unmodified-Since' } })
})

test('requireCopyConditions: every failure is 412', () => {
  const headers = new Headers(['x-amz-copy-source-if-none-match', 'abc', 'if-match', 'x'])
  assert.throws(() => requireCopyConditions(readConditions(headers, 'x-amz-copy-source-'), object), {
    code: 'PreconditionFailed',
    details: { Condition: 'x-amz-copy-source-If-None-Match' },
  })
  requireCopyConditions(undefined, object)
  requireCopyConditions({ ifMatch: ['abc'] }, object)
})

test('requireWriteConditions: only if there is nothing, only if it is that', () => {
  const conditions = (headers: string[]) => readWriteConditions(new Headers(headers))
  assert.equal(conditions(['if-modified-since', same]), undefined)
  const create = conditions(['if-none-match', '*'])
  requireWriteConditions(create, undefined)
  assert.throws(() => requireWriteConditions(create, object), { code: 'PreconditionFailed' })
  const replace = conditions(['if-match', '"abc"'])
  requireWriteConditions(replace, object)
  assert.throws(() => requireWriteConditions(replace, { etag: 'x' }), { code: 'PreconditionFailed' })
  assert.throws(() => requireWriteConditions(replace, undefined), { code: 'NoSuchKey' })
  const other = conditions(['if-none-match', '"abc"'])
  requireWriteConditions(other, { etag: 'x' })
  assert.throws(() => requireWriteConditions(other, object), { code: 'PreconditionFailed' })
  requireWriteConditions(undefined, object)
})

test('readIfRange, matchesIfRange: the range counts for the object that is named, strongly', () => {
  const object = { etag: 'e1', lastModifiedMs: Date.UTC(2026, 10, 21, 12, 0, 0, 500) }
  const fits = (value: string | undefined) => {
    const ifRange = readIfRange(new Headers(value === undefined ? [] : ['if-range', value]))
    return ifRange === undefined ? undefined : matchesIfRange(ifRange, object)
  }
  assert.equal(fits(undefined), undefined)
  assert.equal(fits('"e1"'), true)
  assert.equal(fits('"e2"'), false)
  assert.equal(fits('W/"e1"'), false)
  assert.equal(fits('Sat, 21 Nov 2026 12:00:00 GMT'), true)
  assert.equal(fits('Sat, 21 Nov 2026 12:00:01 GMT'), false)
  assert.equal(fits('no date'), false)
})
