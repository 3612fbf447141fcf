import assert from 'node:assert/strict'
import { test } from 'node:test'
import { none } from '@headrace/crush'
import { choosePrimary } from './place.ts'

const all = new Uint32Array(8).fill(0x10000)
const replicated = { kind: 'replicated' } as const
const erasure = { kind: 'erasure' } as const

test('choosePrimary: the first that is there, unless its affinity keeps it from it', () => {
  assert.deepEqual(choosePrimary([3, 1, 2], 7, replicated, all), { up: [3, 1, 2], primary: 3 })
  const unwilling = all.with(3, 0)
  assert.deepEqual(choosePrimary([3, 1, 2], 7, replicated, unwilling), { up: [1, 3, 2], primary: 1 })
  assert.deepEqual(choosePrimary([none, 3, 2], 7, erasure, unwilling), { up: [none, 3, 2], primary: 2 })
})

test('choosePrimary: where nobody is willing it is the first, where nobody is there nobody', () => {
  assert.deepEqual(choosePrimary([3, 1], 7, replicated, new Uint32Array(8)), { up: [3, 1], primary: 3 })
  assert.deepEqual(choosePrimary([none, none], 7, erasure, all), { up: [none, none], primary: -1 })
  assert.deepEqual(choosePrimary([], 7, replicated, all), { up: [], primary: -1 })
})

test('choosePrimary: an affinity of a half lets an OSD be it in half of the groups', () => {
  const half = all.with(3, 0x8000)
  const count = Array.from({ length: 10_000 }, (_, input) => choosePrimary([3, 1], input, replicated, half)).filter(
    ({ primary }) => primary === 3,
  ).length
  assert.ok(Math.abs(count - 5_000) < 300, `${count}`)
})
