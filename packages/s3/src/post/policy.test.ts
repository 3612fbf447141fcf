// The rules of policies, most of them as ceph/s3-tests has them in test_post_object_*.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { limits } from '../limits.ts'
import { parsePostPolicy, policySizeRange, requirePolicy } from './policy.ts'

const nowMs = Date.UTC(2026, 10, 21, 13, 41)
const expiration = '2026-11-21T13:51:00Z'
const conditions = [
  { bucket: 'photos' },
  ['starts-with', '$key', 'foo'],
  { acl: 'private' },
  ['starts-with', '$Content-Type', 'text/plain'],
  ['content-length-range', 0, 1024],
]
const fields = {
  bucket: 'photos',
  key: 'foo.txt',
  acl: 'private',
  'content-type': 'text/plain',
  awsaccesskeyid: 'AKIA',
  signature: 's',
  policy: 'p',
}

function parse(document: unknown) {
  const json = typeof document === 'string' ? document : JSON.stringify(document)
  return parsePostPolicy(Buffer.from(json).toString('base64'))
}

function hold(form: Record<string, string> = fields, more: unknown[] = [], atMs = nowMs): void {
  requirePolicy(parse({ expiration, conditions: [...conditions, ...more] }), new Map(Object.entries(form)), atMs)
}

function without(name: string): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).filter(([field]) => field !== name))
}

const denied = (message: RegExp) => ({ code: 'AccessDenied', message })

test('requirePolicy: a form that meets every condition', () => {
  hold()
  hold({ ...fields, 'x-amz-meta-foo': 'barclamp' }, [['starts-with', '$x-amz-meta-foo', 'bar']])
  hold({ ...fields, success_action_redirect: 'http://x/' }, [['eq', '$success_action_redirect', 'http://x/']])
  hold({ ...fields, tagging: '<Tagging/>' }, [['starts-with', '$tagging', '']])
})

test('requirePolicy: names of fields and operators in any case', () => {
  const shouting = [
    { bUcKeT: 'photos' },
    ['StArTs-WiTh', '$KeY', 'foo'],
    { AcL: 'private' },
    ['EQ', '$CoNtEnT-TyPe', 'text/plain'],
  ]
  requirePolicy(parse({ expiration, conditions: shouting }), new Map(Object.entries(fields)), nowMs)
})

test('requirePolicy: values are taken literally', () => {
  hold({ ...fields, key: 'foo\\$bar$(x).*' })
  assert.throws(() => hold({ ...fields, key: '\\$foo' }), denied(/\["starts-with", "\$key", "foo"\]/))
  assert.throws(() => hold({ ...fields, acl: 'Private' }), denied(/\["eq", "\$acl", "private"\]/))
  assert.throws(
    () => hold({ ...fields, 'x-amz-meta-foo': 'barclamp' }, [['eq', '$x-amz-meta-foo', '']]),
    denied(/meta-foo/),
  )
})

test('requirePolicy: a field that a condition names must be there', () => {
  assert.throws(() => hold(without('acl')), denied(/\$acl/))
  assert.throws(() => hold(fields, [['starts-with', '$x-amz-meta-foo', 'bar']]), denied(/meta-foo/))
})

test('requirePolicy: a field that no condition names must not be there', () => {
  assert.throws(() => hold({ ...fields, 'x-amz-meta-a': '1', b: '2' }), denied(/Extra input fields: x-amz-meta-a, b$/))
  assert.throws(() => hold({ ...fields, constructor: '1' }), denied(/Extra input fields: constructor/))
  hold({ ...fields, 'x-ignore-foo': 'bar', 'x-amz-signature': 's', file: 'f' })
  hold({ ...fields, 'x-amz-checksum-sha256': 'x', 'x-amz-sdk-checksum-algorithm': 'SHA256' })
  assert.throws(() => hold({ ...fields, 'x-amz-checksum-algorithm': 'SHA256' }), denied(/Extra input fields/))
})

test('requirePolicy: a policy that names no bucket is good for none', () => {
  const any = parse({ expiration, conditions: conditions.slice(1) })
  assert.throws(() => requirePolicy(any, new Map(Object.entries(fields)), nowMs), denied(/Extra input fields: bucket/))
  assert.throws(() => hold({ ...fields, bucket: 'other' }), denied(/\$bucket/))
})

test('requirePolicy: until it expires', () => {
  const endMs = Date.UTC(2026, 10, 21, 13, 51)
  hold(fields, [], endMs)
  assert.throws(() => hold(fields, [], endMs + 1), denied(/expired/))
})

const invalid = (message: RegExp) => ({ code: 'InvalidPolicyDocument', message })

test('parsePostPolicy: what is no policy', () => {
  for (const document of ['', '{', 'null', '[]', '"x"', '{"expiration": "2026"']) {
    assert.throws(() => parse(document), { code: 'InvalidPolicyDocument' }, document)
  }
  assert.throws(() => parsePostPolicy('\xff\xff'), { code: 'InvalidPolicyDocument' })
  assert.throws(() => parse(`${' '.repeat(20_000)}${JSON.stringify({ expiration, conditions })}`), invalid(/too long/))
  assert.throws(() => parse({ conditions }), invalid(/'expiration'/))
  assert.throws(() => parse({ EXPIRATION: expiration, conditions }), invalid(/'expiration'/))
  assert.throws(() => parse({ expiration }), invalid(/'conditions'/))
  assert.throws(() => parse({ expiration, CONDITIONS: conditions }), invalid(/'conditions'/))
})

test('parsePostPolicy: a time that does not exist would never expire', () => {
  assert.equal(
    parse({ expiration: '2026-11-21T13:51:00.000Z', conditions }).expirationMs,
    Date.UTC(2026, 10, 21, 13, 51),
  )
  const times = [
    '2026-11-21 13:51:00+00:00',
    '2026-13-01T00:00:00Z',
    '9999-99-99T99:99:99Z',
    '2026-11-21T25:00:00Z',
    '',
    1,
    null,
  ]
  for (const time of times)
    assert.throws(() => parse({ expiration: time, conditions }), invalid(/'expiration'/), `${time}`)
})

test('parsePostPolicy: conditions that are none', () => {
  const bad = [
    {},
    { a: 'b', c: 'd' },
    { a: 1 },
    'a',
    null,
    [],
    ['eq', '$a'],
    ['eq', 'a', 'b'],
    ['eq', '$a', 1],
    ['ne', '$a', 'b'],
    ['eq', '$a', 'b', 'c'],
    [1, '$a', 'b'],
  ]
  for (const condition of bad) {
    assert.throws(
      () => parse({ expiration, conditions: [condition] }),
      { code: 'InvalidPolicyDocument' },
      JSON.stringify(condition),
    )
  }
})

test('parsePostPolicy: names that objects have from birth are names like all others', () => {
  const policy = parse(
    `{"expiration": "${expiration}", "conditions": [{"__proto__": "x"}, ["eq", "$constructor", "y"]]}`,
  )
  assert.throws(() => requirePolicy(policy, new Map(), nowMs), denied(/\$__proto__/))
  requirePolicy(
    policy,
    new Map([
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ]),
    nowMs,
  )
})

test('policySizeRange: what all ranges allow', () => {
  const sizes = (...ranges: unknown[][]) => {
    const policy = { expiration, conditions: ranges.map((range) => ['content-length-range', ...range]) }
    const { min, max } = policySizeRange(parse(policy))
    return [min, max]
  }
  assert.deepEqual(sizes(), [0, limits.putBytesMax])
  assert.deepEqual(sizes([1, limits.putBytesMax + 1]), [1, limits.putBytesMax])
  assert.deepEqual(sizes([512, 1000]), [512, 1000])
  assert.deepEqual(sizes(['512', '1000']), [512, 1000])
  assert.deepEqual(sizes([0, 1000], [10, 2000]), [10, 1000])
  for (const range of [
    [0],
    [-1, 0],
    [0, 1.5],
    ['', ''],
    [null, 1],
    [[1], 2],
    [true, 2],
    [0, 1e300],
    ['0x1', '0x2'],
    [1, 2, 3],
  ]) {
    assert.throws(() => sizes(range), { code: 'InvalidPolicyDocument' }, JSON.stringify(range))
  }
})
