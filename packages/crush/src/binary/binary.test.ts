import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Random } from '../../test/random.ts'
import { randomMap } from '../../test/random-map.ts'
import { sampleMap } from '../../test/sample-map.ts'
import { CrushError, type CrushMap, checkMap, formatBinaryMap, parseBinaryMap, tunableProfiles } from '../index.ts'
import { ByteReader } from './byte-reader.ts'

const map: CrushMap = {
  ...sampleMap(),
  chooseArgs: [{ id: -1, args: [{ bucket: -1, weightSet: [[1, 2, 3]], ids: [7, 8, 9] }] }],
}

test('formatBinaryMap: reads back as the same map', () => {
  assert.deepEqual(parseBinaryMap(formatBinaryMap(map)), map)
  const empty: CrushMap = { ...map, devices: [], types: [], buckets: [], rules: [], chooseArgs: [], classes: [] }
  assert.deepEqual(parseBinaryMap(formatBinaryMap(empty)), empty)
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const random = randomMap(new Random(seed))
      assert.deepEqual(parseBinaryMap(formatBinaryMap(random)), random)
    }),
    { numRuns: 60 },
  )
})

test('parseBinaryMap: keeps numbers that an older program stored otherwise than we would', () => {
  const straw = map.buckets.map((bucket) =>
    bucket.id === -3 ? { ...bucket, algorithm: 'straw' as const, auxiliary: [5, 6] } : bucket,
  )
  const kept = { ...map, buckets: straw, rules: [{ ...map.rules[0]!, ruleset: 77 }] }
  assert.deepEqual(parseBinaryMap(formatBinaryMap(kept)), kept)
})

test('parseBinaryMap: a map of an old release ends early; later releases may add', () => {
  const bytes = formatBinaryMap({ ...map, chooseArgs: [] })
  const classless = { ...map, classes: [], devices: [], types: [], buckets: [], rules: [], chooseArgs: [] }
  const whole = formatBinaryMap(classless)
  const ends = { noChooseArgs: 4, noClasses: 16, noStable: 17, noAlgorithms: 21, noStrawCalc: 22, noTunables: 39 }
  for (const cut of Object.values(ends)) {
    const parsed = parseBinaryMap(whole.subarray(0, whole.length - cut))
    assert.deepEqual(parsed.buckets, [])
    assert.equal(parsed.tunables.chooseleafStable, cut >= ends.noStable ? 0 : 1)
  }
  assert.deepEqual(parseBinaryMap(whole.subarray(0, whole.length - ends.noTunables)).tunables, tunableProfiles.argonaut)
  assert.deepEqual(parseBinaryMap(Uint8Array.of(...bytes, 1, 2, 3)), { ...map, chooseArgs: [] })
})

test('parseBinaryMap: every cut and every changed byte is a clear error or another map', () => {
  const bytes = formatBinaryMap(map)
  const attempt = (input: Uint8Array) => {
    try {
      checkMap(parseBinaryMap(input))
    } catch (error) {
      assert.ok(error instanceof CrushError, `${error}`)
    }
  }
  for (let length = 0; length < bytes.length; length += 1) attempt(bytes.subarray(0, length))
  for (let at = 0; at < bytes.length; at += 1) {
    for (const value of [0, 0x7f, 0xff]) attempt(bytes.with(at, value))
  }
})

test('parseBinaryMap: what it does not know is named with its byte', () => {
  const bytes = formatBinaryMap(map)
  assert.throws(() => parseBinaryMap(bytes.with(0, 1)), /byte 0: not a binary CRUSH map: it starts with 0x10001/)
  assert.throws(() => parseBinaryMap(bytes.subarray(0, 9)), /byte 8: the map ends where the number of rule slots/)
  assert.throws(() => parseBinaryMap(bytes.with(7, 0x7f)), /byte 16: \d+ crush buckets do not fit into the bytes left/)
  assert.throws(() => parseBinaryMap(bytes.with(26, 9)), /crush bucket -1 has the unknown algorithm/)
  assert.throws(() => parseBinaryMap(bytes.with(27, 1)), /crush bucket -1 has the hash 1/)
  const [rule] = map.rules
  const ruleOnly = formatBinaryMap({ ...map, buckets: [], chooseArgs: [], rules: [rule!] })
  assert.throws(() => parseBinaryMap(ruleOnly.with(25, 4)), /rule 0 is of type 4; 1 \(replicated\) and 3 \(erasure\)/)
  assert.throws(() => parseBinaryMap(ruleOnly.with(28, 50)), /rule 0 has the step 50, which is not supported/)
  const tree = map.buckets.map((bucket) =>
    bucket.id === -3 ? { ...bucket, algorithm: 'tree' as const, auxiliary: [1, 2] } : bucket,
  )
  assert.throws(
    () => parseBinaryMap(formatBinaryMap({ ...map, buckets: tree })),
    /a tree of 2 items cannot have 2 nodes/,
  )
})

test('ByteReader: a 64-bit number out of range is refused', () => {
  assert.throws(() => new ByteReader(new Uint8Array(8).fill(0x7f)).s64('an id'), /an id \d+ is out of range/)
})
