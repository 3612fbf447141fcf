// What CRUSH promises, on maps of fast-check's making. A failure prints the seed and the smallest map that shows it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  addDevice,
  addRule,
  allIn,
  buildMap,
  type CrushMap,
  compileMap,
  doRule,
  none,
  reweightDevice,
  toWeight,
} from '../src/index.ts'

const inputs = 200

/** Racks of hosts of drives, each drive with a weight of 0.5 to 8; straw2, jewel, a rule of each kind for hosts. */
const clusters = fc
  .array(
    fc.array(fc.array(fc.integer({ min: 1, max: 16 }), { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 4 }),
    {
      minLength: 2,
      maxLength: 4,
    },
  )
  .map((racks) => {
    let id = -1
    const devices = racks.flatMap((hosts, rack) =>
      hosts.flatMap((drives, host) =>
        drives.map((halves) => {
          id += 1
          return { path: `default/rack${rack}/host${rack}-${host}/osd.${id}`, weight: toWeight(halves / 2) }
        }),
      ),
    )
    let map = buildMap(devices, { types: ['root', 'rack', 'host', 'osd'] })
    map = addRule(map, { name: 'copies', root: 'default', failureDomain: 'host', kind: 'replicated' })
    map = addRule(map, { name: 'chunks', root: 'default', failureDomain: 'host', kind: 'erasure' })
    return addRule(map, { name: 'racks', root: 'default', failureDomain: 'rack', kind: 'replicated' })
  })

/** Devices by input, for a rule of the map. */
function placements(map: CrushMap, rule: number, size: number, weights = allIn(map)): number[][] {
  const compiled = compileMap(map)
  const result = new Int32Array(size)
  return Array.from({ length: inputs }, (_, x) => {
    const count = doRule(compiled, rule, x, size, weights, result)
    return [...result.subarray(0, count)]
  })
}

function holderOf(map: CrushMap, id: number): number {
  return map.buckets.find((bucket) => bucket.items.some((item) => item.id === id))!.id
}

function check<Values extends [unknown, ...unknown[]]>(property: fc.IProperty<Values>): void {
  fc.assert(property, { numRuns: 60, interruptAfterTimeLimit: 5000 })
}

test('no device twice, and no failure domain twice', () => {
  check(
    fc.property(clusters, fc.integer({ min: 1, max: 8 }), (map, size) => {
      for (const rule of [0, 1, 2]) {
        for (const placed of placements(map, rule, size)) {
          const devices = placed.filter((device) => device !== none)
          assert.equal(new Set(devices).size, devices.length)
          const hosts = devices.map((device) => holderOf(map, device))
          assert.equal(new Set(hosts).size, hosts.length)
          const racks = hosts.map((host) => holderOf(map, host))
          if (rule === 2) assert.equal(new Set(racks).size, racks.length)
        }
      }
    }),
  )
})

test('a device of weight zero is never chosen and changes nothing else', () => {
  check(
    fc.property(clusters, fc.integer({ min: 1, max: 5 }), (map, size) => {
      const host = map.buckets.find((bucket) => bucket.type === 1)!.name
      const with0 = addDevice(map, { name: 'zero', weight: 0, parent: host })
      for (const rule of [0, 1]) assert.deepEqual(placements(with0, rule, size), placements(map, rule, size))
    }),
  )
})

test('a device that becomes heavier only gains, and takes from others what it gains (one copy)', () => {
  check(
    fc.property(clusters, fc.nat(), (map, pick) => {
      const device = map.devices[pick % map.devices.length]!
      const heavier = reweightDevice(map, device.name, toWeight(20))
      const before = placements(map, 0, 1)
      placements(heavier, 0, 1).forEach((after, x) => {
        if (String(after) === String(before[x])) return
        const path = [device.id, holderOf(map, device.id), holderOf(map, holderOf(map, device.id))]
        const [to = none] = after
        const ways = [to, holderOf(map, to), holderOf(map, holderOf(map, to))]
        // Every crush bucket above it grew as well, so data may move within them, but never to anywhere else.
        assert.ok(
          ways.some((id) => path.includes(id)),
          `x ${x}: ${before[x]} → ${after}`,
        )
      })
    }),
  )
})

test('a straw2 bucket moves data only to or from the item that changed', () => {
  const flat = fc.array(fc.integer({ min: 1, max: 16 }), { minLength: 2, maxLength: 12 })
  check(
    fc.property(flat, fc.nat(), fc.integer({ min: 0, max: 32 }), (halves, pick, changed) => {
      const devices = halves.map((weight, id) => ({ path: `host/osd.${id}`, weight: toWeight(weight / 2) }))
      const map = addRule(buildMap(devices, { types: ['host', 'osd'] }), {
        name: 'one',
        root: 'host',
        failureDomain: 'osd',
        kind: 'replicated',
      })
      const id = pick % halves.length
      const after = placements(reweightDevice(map, `osd.${id}`, toWeight(changed / 2)), 0, 1)
      const grew = changed >= halves[id]!
      placements(map, 0, 1).forEach((before, x) => {
        if (String(before) !== String(after[x])) assert.equal(grew ? after[x]![0] : before[0], id)
      })
    }),
  )
})

test('indep: when a device goes out, most other positions keep their device', () => {
  let kept = 0
  let total = 0
  check(
    fc.property(clusters, fc.nat(), (map, pick) => {
      const out = pick % map.devices.length
      const weights = allIn(map)
      weights[out] = 0
      const before = placements(map, 1, 4)
      placements(map, 1, 4, weights).forEach((after, x) => {
        after.forEach((device, position) => {
          assert.notEqual(device, out)
          if (before[x]![position] === out || before[x]![position] === none) return
          total += 1
          if (before[x]![position] === device) kept += 1
        })
      })
    }),
  )
  assert.ok(kept / total > 0.95, `${kept} of ${total}`)
})

test('placements follow weights', () => {
  const devices = [1, 2, 3, 4].map((weight, id) => ({ path: `host/osd.${id}`, weight: toWeight(weight) }))
  const map = addRule(buildMap(devices, { types: ['host', 'osd'] }), {
    name: 'one',
    root: 'host',
    failureDomain: 'osd',
    kind: 'replicated',
  })
  const compiled = compileMap(map)
  const counts = [0, 0, 0, 0]
  const result = new Int32Array(1)
  for (let x = 0; x < 100_000; x += 1) {
    doRule(compiled, 0, x, 1, allIn(map), result)
    counts[result[0]!]! += 1
  }
  for (const [id, count] of counts.entries()) assert.ok(Math.abs(count / 10_000 - (id + 1)) < 0.1, `${counts}`)
})
