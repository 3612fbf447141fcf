import assert from 'node:assert/strict'
import { test } from 'node:test'
import { storeOn } from '../../../../test/support/drives.ts'
import { chooseMap, type FoundMap, isVersionOf, SplitStoreError } from './choose-map.ts'
import { markDown, nextMap } from './edit-map.ts'
import type { StoreMap } from './store-map.ts'

const first = storeOn(3)
const after = (map: StoreMap, term = map.term) => nextMap(map, { term, changedMs: map.changedMs + 1000 })

test('chooseMap: the highest epoch wins, and older drives are named', () => {
  const newest = after(after(first), 8)
  const found = [
    { where: '/a', map: first },
    { where: '/b', map: newest },
    { where: '/c', map: after(first) },
  ]
  const { map, stale } = chooseMap(found)
  assert.equal(map, newest)
  assert.deepEqual(
    stale.map(({ where }) => where),
    ['/a', '/c'],
  )
})

test('chooseMap: halves of one epoch are refused, with both named and what to do', () => {
  const one = { where: '/one', map: after(first, 21) }
  const other = { where: '/other', map: after(first, 22) }
  assert.throws(
    () => chooseMap([one, { where: '/old', map: first }, other]),
    (error: Error) => {
      assert.ok(error instanceof SplitStoreError)
      assert.match(error.message, /\/one \(map of epoch 2, written .*\/other \(map of epoch 2, written/)
      assert.match(error.message, /Start with only the drives of the half/)
      return true
    },
  )
})

test('chooseMap: a half that was opened apart and is behind is refused too', () => {
  const ahead = after(after(after(first, 21), 22), 23)
  assert.throws(
    () =>
      chooseMap([
        { where: '/ahead', map: ahead },
        { where: '/apart', map: after(first, 24) },
      ]),
    SplitStoreError,
  )
  // A map that only one drive took before the crash is no version that the others went on from.
  assert.throws(
    () =>
      chooseMap([
        { where: '/ahead', map: ahead },
        { where: '/lonely', map: after(after(first)) },
      ]),
    SplitStoreError,
  )
})

test('chooseMap: what a crash has left of a map that nobody used is no half', () => {
  const [a, b, c] = first.devices.map(({ path, uuid }) => ({ where: path, uuid }))
  assert.ok(a && b && c)
  // Of an opening, and of a change; the others were opened without this drive then, and went on.
  for (const left of [after(first, 21), after(after(first)), after(after(after(first)))]) {
    for (const others of [after(markDown(first, 0, 1), 22), after(after(markDown(first, 0, 1), 22))]) {
      const found: [FoundMap, ...FoundMap[]] = [
        { ...a, map: left },
        { ...b, map: others },
        { ...c, map: others },
      ]
      assert.deepEqual(chooseMap(found), { map: others, stale: [found[0]] })
      assert.equal(chooseMap(found.toReversed()).map, others)
    }
  }
  // Whoever had a drive alone says that the others are down; and drives that are not here may have it, too.
  const others = after(markDown(first, 0, 1), 22)
  const alone = after(markDown(markDown(first, 1, 1), 2, 1), 21)
  const both = { ...b, map: others }
  assert.throws(() => chooseMap([{ ...a, map: alone }, both, { ...c, map: others }]), SplitStoreError)
  assert.throws(() => chooseMap([{ ...a, map: after(first, 21) }, both]), SplitStoreError)
})

test('isVersionOf: a drive that was away for thousands of changes is known, and for a thousand openings', () => {
  let map = first
  for (let change = 0; change < 5000; change += 1) map = after(map)
  for (let opening = 0; opening < 1024; opening += 1) map = after(after(map, 100 + opening))
  assert.ok(isVersionOf(first, map))
  assert.ok(!isVersionOf(first, after(map, 5000)))
  assert.equal(map.lineage.length, 1024)
  assert.equal(map.epoch, 1 + 5000 + 2 * 1024)
})
