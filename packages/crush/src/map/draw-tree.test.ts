import assert from 'node:assert/strict'
import { test } from 'node:test'
import { buildMap, drawTree, toWeight, treeOf } from '../index.ts'

const map = buildMap(
  [
    { path: 'default/alpha/d0', weight: toWeight(1.5), class: 'ssd' },
    { path: 'default/alpha/d1', weight: toWeight(10), class: 'hdd' },
    { path: 'default/beta/d2', weight: toWeight(2) },
  ],
  { types: ['root', 'host', 'drive'] },
)

test('drawTree: a line an item, in columns', () => {
  assert.equal(
    drawTree(map),
    `ID  CLASS  WEIGHT  NAME
-1         13.500  root default
-2         11.500  ├─ host alpha
 0  ssd     1.500  │  ├─ drive d0
 1  hdd    10.000  │  └─ drive d1
-3          2.000  └─ host beta
 2          2.000     └─ drive d2
`,
  )
})

test('treeOf: shadows only when asked for, with their class', () => {
  assert.deepEqual(
    treeOf(map).map((node) => node.name),
    ['default'],
  )
  const shadows = treeOf(map, { shadows: true }).slice(1)
  assert.deepEqual(
    shadows.map(({ name, class: deviceClass }) => [name, deviceClass]),
    [
      ['default~ssd', 'ssd'],
      ['default~hdd', 'hdd'],
    ],
  )
  assert.deepEqual(
    shadows.map((node) => node.weight),
    [toWeight(1.5), toWeight(10)],
  )
})
