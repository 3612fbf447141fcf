import assert from 'node:assert/strict'
import { test } from 'node:test'
import { drive, drives, storeOn } from '../../../../test/support/drives.ts'
import { FormatError } from '../../../core/bytes.ts'
import { addDevices, markDown, nextMap, setProfile, startLeaving } from '../placement/edit-map.ts'
import { parseProfile } from '../placement/profiles.ts'
import type { StoreMap } from '../placement/store-map.ts'
import { crc32c } from './checksum.ts'
import { decodeMapFile, encodeMapFile } from './map-file.ts'

/** With everything that a map can have. */
function fullMap(): StoreMap {
  const grown = addDevices(storeOn(3), [drive(3, { host: 'h1', rack: 'r1' }), drive(4, { deviceClass: 'cold' })])
  const set = setProfile(grown, { bucket: 'logs', storageClass: 'STANDARD', profile: parseProfile('2+1') })
  return nextMap(startLeaving(markDown(set, 1, 1_795_274_000_200), 2), { term: 8, changedMs: 1_795_274_000_300 })
}

/** The file of a map of one drive, as the first release writes it. What was written once must be read for ever. */
const golden = `{
  "formatVersion": 1,
  "crc32c": "ccb3ef36",
  "storeId": "store",
  "epoch": 1,
  "term": 7,
  "changedMs": 1795274000123,
  "lineage": [],
  "devices": [
    {
      "id": 0,
      "uuid": "00000000-0000-4000-8000-000000000000",
      "path": "/d0",
      "fileSystemId": "fs",
      "host": "h0",
      "deviceClass": "hot",
      "capacityBytes": 4398046511104,
      "membership": "in",
      "isUp": true
    }
  ],
  "nextDevice": 1,
  "nextPool": 2,
  "buckets": [
    {
      "id": -1,
      "kind": "root",
      "name": "default"
    },
    {
      "id": -2,
      "kind": "host",
      "name": "h0"
    }
  ],
  "pools": [
    {
      "id": 1,
      "k": 1,
      "m": 0,
      "deviceClass": "hot",
      "failureDomain": "drive",
      "pgCount": 32768,
      "blockBytes": 65536
    }
  ],
  "rules": [
    {
      "storageClass": "STANDARD",
      "pools": {
        "small": 1,
        "large": 1
      }
    }
  ],
  "indexDevices": [
    0
  ]
}
`

test('map.json: is written as the golden sample, and read from it', () => {
  const map = storeOn(1)
  assert.equal(encodeMapFile(map).toString(), golden)
  assert.deepEqual(decodeMapFile(Buffer.from(golden)), map)
})

test('map.json: every field survives', () => {
  const map = fullMap()
  assert.deepEqual(decodeMapFile(encodeMapFile(map)), map)
  assert.ok(map.rules.some(({ byOperator }) => byOperator) && map.pools.some(({ replacedBy }) => replacedBy))
  assert.ok(map.lineage.length > 0 && map.devices.some(({ rack }) => rack !== undefined))
})

test('map.json: laid out anew, it is the same map', () => {
  const map = fullMap()
  const compact = JSON.stringify(JSON.parse(encodeMapFile(map).toString()))
  assert.deepEqual(decodeMapFile(Buffer.from(compact)), map)
})

test('map.json: every flipped bit and every cut is a FormatError, or leaves the same map', () => {
  const bytes = encodeMapFile(storeOn(1))
  const map = storeOn(1)
  const read = (damaged: Buffer) => {
    try {
      assert.deepEqual(decodeMapFile(damaged), map)
    } catch (error) {
      assert.ok(error instanceof FormatError, `${error}`)
    }
  }
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    const flipped = Buffer.from(bytes)
    flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7))
    read(flipped)
  }
  for (let length = 0; length < bytes.length; length += 1) read(bytes.subarray(0, length))
})

/** The file of a map of which one value was changed by hand, with a checksum that fits. */
function fileWith(path: readonly (string | number)[], value: unknown, formatVersion = 1): Buffer {
  const { formatVersion: _, crc32c: __, ...content } = JSON.parse(encodeMapFile(fullMap()).toString())
  const holder = path.slice(0, -1).reduce((at, name) => at[name], content)
  holder[path.at(-1) ?? 'nothing'] = value
  const written = JSON.parse(JSON.stringify(content))
  const checksum = crc32c(Buffer.from(JSON.stringify(written)))
  return Buffer.from(JSON.stringify({ formatVersion, crc32c: checksum.toString(16).padStart(8, '0'), ...written }))
}

test('map.json: what is wrong is named', () => {
  const wrong: [(string | number)[], unknown, RegExp][] = [
    [['epoch'], undefined, /map\.json lacks the field epoch/],
    [['devices', 1, 'host'], undefined, /map\.json, devices 1 lacks the field host/],
    [['devices', 1, 'membership'], 'gone', /membership must be one of in, leaving, out/],
    [['term'], -1, /term must be a whole number from 0/],
    [['devices'], {}, /devices must be a list/],
    [['rules', 0, 'pools'], 3, /rules 0, pools is no object/],
    [['devices', 1, 'id'], 0, /device 0 is there twice/],
    [['devices', 1, 'id'], 70_000, /device 70000 is not in/],
    [['nextDevice'], 2, /device 2 is not in 0…1/],
    [['nextDevice'], 70_000, /its numbers exceed 65535/],
    [['buckets', 0, 'id'], 1, /crush bucket 1 is not in/],
    [['pools', 0, 'k'], 99, /pool 1 has 99/],
    [['pools', 0, 'blockBytes'], 0, /blockBytes must be a whole number from 1/],
    [['pools', 0, 'pgCount'], 1000, /no power of two/],
    [['pools', 0, 'replacedBy'], { small: 1, large: 1 }, /pool 1 is replaced by itself/],
    [['pools', 1, 'replacedBy', 'large'], 77, /pool 2 names pool 77/],
    [['rules', 0, 'pools', 'small'], 77, /names pool 77, which does not exist/],
    [['rules'], [], /no rule for STANDARD/],
    [['indexDevices'], [44], /the index is on device 44/],
    [['devices', 0, 'host'], 'elsewhere', /needs a crush bucket for host elsewhere/],
  ]
  for (const [path, value, message] of wrong) {
    assert.throws(
      () => decodeMapFile(fileWith(path, value)),
      (error: Error) => error instanceof FormatError && message.test(error.message),
      `${path}`,
    )
  }
  assert.throws(() => decodeMapFile(fileWith(['term'], 7, 2)), /format version 2; this program knows 1/)
  assert.throws(() => decodeMapFile(Buffer.from('{"formatVersion":1}')), /damaged/)
  assert.throws(() => decodeMapFile(Buffer.from('[]')), /no object/)
})

test('map.json: a map that could not be read is not written', () => {
  assert.throws(() => encodeMapFile({ ...storeOn(drives(2)), indexDevices: [9] }), FormatError)
})
