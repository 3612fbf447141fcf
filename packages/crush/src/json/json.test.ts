import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sampleMap } from '../../test/sample-map.ts'
import { CrushError, formatCrushDump, parseCrushDump, parseOsdDump } from '../index.ts'

const map = {
  ...sampleMap(),
  chooseArgs: [{ id: -1, args: [{ bucket: -1, weightSet: [[0x10001, 2, 3]], ids: [7, 8, 9] }, { bucket: -2 }] }],
}

test('parseCrushDump: reads back what formatCrushDump writes', () => {
  assert.deepEqual(parseCrushDump(JSON.stringify(formatCrushDump(map))), map)
  const odd = {
    ...map,
    rules: [{ ...map.rules[1]!, ruleset: 9, steps: [{ op: 'noop' as const }, ...map.rules[1]!.steps] }],
  }
  assert.deepEqual(parseCrushDump(JSON.stringify(formatCrushDump(odd))), odd)
})

type Part = Record<string, unknown>
interface Dump {
  devices: Part[]
  buckets: Part[]
  rules: (Part & { steps: Part[] })[]
  tunables: Part
  choose_args?: unknown
}

/** The sample's dump with one part changed. */
function changed(change: (dump: Dump) => unknown): string {
  const dump = JSON.parse(JSON.stringify(formatCrushDump(map))) as Dump
  change(dump)
  return JSON.stringify(dump)
}

test('parseCrushDump: what Ceph prints otherwise', () => {
  const parsed = parseCrushDump(
    changed((dump) => {
      dump.devices.push({ id: 99, name: 'device99' })
      dump.buckets[0]!.weight = -65536
      dump.rules[0]!.steps[0] = { opcode: 12, arg1: 1, arg2: 0 }
      delete dump.rules[0]!.min_size
      delete dump.rules[0]!.max_size
      delete dump.choose_args
      delete dump.tunables.chooseleaf_stable
    }),
  )
  assert.equal(parsed.devices.length, 12) // a gap between ids is no device
  assert.equal(parsed.buckets[0]?.weight, 0xffff0000)
  assert.deepEqual(parsed.rules[0]?.steps[0], { op: 'set_chooseleaf_vary_r', value: 1 })
  assert.deepEqual(parsed.chooseArgs, [])
  assert.equal(parsed.tunables.chooseleafStable, 0)
})

const broken: [text: string, message: RegExp][] = [
  ['no json', /crush dump: not JSON/],
  ['[]', /crush dump: has no field types/],
  [changed((dump) => Object.assign(dump, { buckets: 3 })), /crush dump\.buckets: must be a list/],
  [changed((dump) => Object.assign(dump, { choose_args: 3 })), /crush dump\.choose_args: must be an object/],
  [changed((dump) => Object.assign(dump.buckets[1]!, { id: 'x' })), /crush dump\.buckets\[1\]\.id: must be a number/],
  [changed((dump) => Object.assign(dump.buckets[1]!, { name: 3 })), /crush dump\.buckets\[1\]\.name: must be a string/],
  [changed((dump) => Object.assign(dump.buckets[1]!, { alg: 'dice' })), /buckets\[1\]: no algorithm is called dice/],
  [changed((dump) => Object.assign(dump.rules[1]!, { type: 5 })), /rules\[1\]: type 5/],
  [
    changed((dump) => dump.rules[1]!.steps.splice(0, 1, { opcode: 50, arg1: 0, arg2: 0 })),
    /steps\[0\]: an operation that is not/,
  ],
  [changed((dump) => dump.rules[1]!.steps.splice(0, 1, { op: 'dance' })), /steps\[0\]: the operation dance/],
  [
    changed((dump) => Object.assign(dump.rules[0]!.steps[1]!, { type: 'shelf' })),
    /steps\[1\]: no type is called shelf/,
  ],
]

test('parseCrushDump: what does not fit is named by its path', () => {
  for (const [text, message] of broken) {
    assert.throws(
      () => parseCrushDump(text),
      (error: unknown) => error instanceof CrushError && message.test(error.message),
      `${message}`,
    )
  }
})

const osdDump = {
  epoch: 12,
  pools: [
    {
      pool: 3,
      pool_name: 'data',
      flags_names: 'hashpspool,creating',
      type: 3,
      size: 6,
      crush_rule: 1,
      object_hash: 2,
      pg_num: 32,
      pg_placement_num: 16,
    },
  ],
  osds: [
    { osd: 0, up: 1, in: 1, weight: 1 },
    { osd: 2, up: 0, in: 0, weight: 0.5 },
  ],
  pg_upmap: [{ pgid: '3.1f', osds: [2, 0] }],
  pg_upmap_items: [{ pgid: '3.a', mappings: [{ from: 0, to: 2 }] }],
}

test('parseOsdDump: pools, reweights, states and exceptions', () => {
  const cluster = parseOsdDump(JSON.stringify(osdDump))
  assert.deepEqual(cluster, {
    epoch: 12,
    pools: [
      { id: 3, name: 'data', kind: 'erasure', size: 6, rule: 1, pgCount: 32, placementPgCount: 16, hashesPool: true },
    ],
    deviceWeights: Uint32Array.of(0x10000, 0, 0x8000),
    isUp: [true, false, false],
    upmap: new Map([['3.1f', [2, 0]]]),
    upmapItems: new Map([['3.a', [[0, 2]]]]),
  })
  const { pg_upmap: _, pg_upmap_items: __, ...older } = osdDump
  assert.equal(parseOsdDump(JSON.stringify(older)).upmap.size, 0)
})

test('parseOsdDump: pools that it cannot place are refused', () => {
  const withPool = (change: object) => JSON.stringify({ ...osdDump, pools: [{ ...osdDump.pools[0], ...change }] })
  assert.throws(() => parseOsdDump(withPool({ type: 2 })), /osd dump\.pools\[0\]: type 2/)
  assert.throws(() => parseOsdDump(withPool({ object_hash: 1 })), /object hash 1 is not supported/)
})
