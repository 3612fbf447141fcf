import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sampleMap } from '../../test/sample-map.ts'
import { bucketOf, deviceIdLimit, idOf, nameOf, typeIdOf, typeNameOf } from '../index.ts'
import { namesById } from './names.ts'

const map = sampleMap()

test('names: found by id and by name, made up as Ceph does where there is none', () => {
  assert.equal(nameOf(map, 3), 'osd.3')
  assert.equal(nameOf(map, -1), 'default')
  assert.equal(nameOf(map, 77), 'device77')
  assert.equal(nameOf(map, -77), 'bucket76')
  const nameById = namesById(map)
  for (const id of [3, -1, 77, -77]) assert.equal(nameById(id), nameOf(map, id))
  assert.equal(idOf(map, 'osd.3'), 3)
  assert.equal(idOf(map, 'default'), -1)
  assert.throws(() => idOf(map, 'nobody'), /nobody: the map has no device or crush bucket of this name/)
  assert.equal(bucketOf(map, -1).name, 'default')
  assert.throws(() => bucketOf(map, -77), /no crush bucket of this id/)
})

test('names: types', () => {
  assert.equal(typeNameOf(map, 1), 'host')
  assert.equal(typeNameOf(map, 9), 'type9')
  assert.equal(typeNameOf({ ...map, types: [] }, 0), 'device')
  assert.equal(typeIdOf(map, 'rack'), 2)
  assert.throws(() => typeIdOf(map, 'row'), /type row: the map has no such type; it has osd, host, rack, root/)
  assert.throws(() => typeIdOf({ ...map, types: [] }, 'row'), /it has none/)
})

test('deviceIdLimit: counts named devices and items', () => {
  assert.equal(deviceIdLimit(map), 12)
  assert.equal(deviceIdLimit({ ...map, devices: [{ id: 40, name: 'spare' }] }), 41)
})
