import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sampleMap } from '../../test/sample-map.ts'
import { allIn, type CrushMap, compileMap, doRule, none, type RuleStep } from '../index.ts'

const map = sampleMap()

function place(from: CrushMap, rule: number, x: number, size: number, weights = allIn(from)): number[] {
  const result = new Int32Array(size)
  return [...result.subarray(0, doRule(compileMap(from), rule, x, size, weights, result))]
}

function withSteps(...steps: RuleStep[]): CrushMap {
  return { ...map, rules: [{ ...map.rules[0]!, steps }] }
}

test('doRule: an unknown rule and a result that is too short are refused', () => {
  assert.throws(
    () => place(map, 9, 0, 3),
    /rule 9: the map has no such rule; it has 0 \(copies\), 1 \(chunks\), 2 \(fast\)/,
  )
  assert.throws(() => place({ ...map, rules: [] }, 0, 0, 3), /it has none/)
  assert.throws(
    () => doRule(compileMap(map), 0, 0, 3, allIn(map), new Int32Array(2)),
    /size 3: must be 1 to the length/,
  )
  assert.throws(() => place(map, 0, 0, 0), /size 0/)
})

test('doRule: devices that are out, by reweight or by being beyond the list, are passed over', () => {
  const weights = allIn(map)
  weights[3] = 0
  for (let x = 0; x < 200; x += 1) {
    assert.ok(!place(map, 0, x, 3, weights).includes(3))
    assert.ok(place(map, 0, x, 3, weights.subarray(0, 8)).every((device) => device < 8))
  }
  assert.deepEqual(place(map, 0, 1, 3, new Uint32Array(12)), [])
  assert.deepEqual(place(map, 1, 1, 3, new Uint32Array(12)), [none, none, none])
})

test('doRule: a rule may take a device, emit crush buckets, and pass over steps that find nothing', () => {
  assert.deepEqual(place(withSteps({ op: 'take', item: 5 }, { op: 'emit' }), 0, 1, 3), [5])
  const fromDevice = withSteps({ op: 'take', item: 5 }, { op: 'choose_firstn', count: 0, type: 0 }, { op: 'emit' })
  assert.deepEqual(place(fromDevice, 0, 1, 3), [])
  const racks = withSteps(
    { op: 'noop' },
    { op: 'take', item: -1 },
    { op: 'choose_firstn', count: 2, type: 2 },
    { op: 'emit' },
  )
  assert.ok(place(racks, 0, 1, 3).every((id) => id < -1))
  const negative = withSteps({ op: 'take', item: -1 }, { op: 'choose_firstn', count: -3, type: 0 }, { op: 'emit' })
  assert.deepEqual(place(negative, 0, 1, 3), [])
  assert.deepEqual(place(withSteps({ op: 'choose_firstn', count: 1, type: 0 }, { op: 'emit' }), 0, 1, 3), [])
  const wrongType = withSteps({ op: 'take', item: -1 }, { op: 'choose_indep', count: 2, type: 9 }, { op: 'emit' })
  assert.deepEqual(place(wrongType, 0, 1, 3), [none, none])
})

test('doRule: what is chosen below several items stops at the size', () => {
  const steps: RuleStep[] = [
    { op: 'take', item: -1 },
    { op: 'choose_firstn', count: 3, type: 2 },
    { op: 'chooseleaf_firstn', count: 2, type: 1 },
    { op: 'emit' },
  ]
  assert.equal(place(withSteps(...steps), 0, 7, 4).length, 4)
  assert.equal(place(withSteps(...steps), 0, 7, 6).length, 6)
})

test('doRule: places twice on one compiled map as on two, whatever was placed between', () => {
  const compiled = compileMap(map)
  const result = new Int32Array(11)
  for (let x = 0; x < 100; x += 1) {
    doRule(compiled, 1, x * 7, 11, allIn(map), result)
    const count = doRule(compiled, 0, x, 3, allIn(map), result)
    assert.deepEqual([...result.subarray(0, count)], place(map, 0, x, 3))
  }
})

test('doRule: a call allocates nothing', () => {
  const compiled = compileMap(map)
  const weights = allIn(map)
  weights[2] = 0x8000
  const result = new Int32Array(6)
  const run = (calls: number) => {
    for (let x = 0; x < calls; x += 1) doRule(compiled, x % 3, x, 6, weights, result)
  }
  run(30_000)
  // The smallest of several growths: now and then something else in the process allocates, or is collected.
  const growths = Array.from({ length: 7 }, () => {
    const before = process.memoryUsage().heapUsed
    run(30_000)
    return process.memoryUsage().heapUsed - before
  }).filter((growth) => growth >= 0)
  assert.ok(Math.min(...growths) < 300_000, `${growths} bytes in 30,000 calls, where one object a call makes 480,000`)
})

test('compileMap: chooses the weight set of the id given, else the one of −1', () => {
  const { id, items } = map.buckets[0]!
  const only = (index: number) => items.map((_, each) => (each === index ? 0x10000 : 0))
  const sets = {
    ...map,
    chooseArgs: [
      { id: -1, args: [{ bucket: id, weightSet: [only(0)] }] },
      { id: 5, args: [{ bucket: id, weightSet: [only(1)], ids: [] }] },
    ],
  }
  const first = (chooseArgs?: number) => {
    const result = new Int32Array(1)
    doRule(compileMap(sets, chooseArgs === undefined ? {} : { chooseArgs }), 0, 3, 1, allIn(sets), result)
    return result[0]! % 3 // the rack, as the sample is laid out
  }
  assert.equal(first(5), 1)
  assert.equal(first(4), 0)
  assert.equal(first(), place(map, 0, 3, 1)[0]! % 3)
})

test('compileMap: a rule with a step that CRUSH does not have is refused', () => {
  const strange = withSteps({ op: 'dance' } as unknown as RuleStep)
  assert.throws(() => compileMap(strange), /rule copies: CRUSH has no step dance/)
})
