import { auxiliaryCount, auxiliaryOf } from '../map/auxiliary.ts'
import { checkMap } from '../map/check.ts'
import {
  algorithmNumbers,
  type ChooseArgsSet,
  type CrushBucket,
  type CrushMap,
  type CrushRule,
} from '../map/crush-map.ts'
import { deviceIdLimit } from '../map/names.ts'
import { toStepNumbers } from '../map/step-numbers.ts'
import type { CompiledMap, CompiledRule } from './compiled-map.ts'
import { layStraw2Buckets } from './lay-straw2.ts'

export interface CompileOptions {
  /**
   * Id of the choose_args set to place with, normally the pool's id. Where the map has no such set, the one of id −1
   * applies, and without that none, as in Ceph. By default none applies.
   */
  readonly chooseArgs?: number
}

/**
 * Turns a map into what `doRule` reads. Costs milliseconds for thousands of devices; do it once for a map.
 * Throws a CrushError naming the place when the map is malformed: dangling ids, cycles, bad weights, sizes.
 */
export function compileMap(map: CrushMap, options: CompileOptions = {}): CompiledMap {
  checkMap(map)
  const args = new Map(chooseArgsFor(map, options.chooseArgs)?.args.map((entry) => [entry.bucket, entry]))
  const slotCount = map.buckets.reduce((most, bucket) => Math.max(most, -bucket.id), 0)
  const sum = (count: (bucket: CrushBucket) => number) => map.buckets.reduce((total, each) => total + count(each), 0)
  const itemCount = sum(({ items }) => items.length)
  const slots = () => new Int32Array(slotCount)
  const compiled: CompiledMap = {
    tunables: map.tunables,
    deviceIdLimit: deviceIdLimit(map),
    rules: new Map(map.rules.map((rule) => [rule.id, compileRule(rule)])),
    algorithms: new Uint8Array(slotCount),
    types: slots(),
    sizes: slots(),
    offsets: slots(),
    items: new Int32Array(itemCount),
    weights: new Float64Array(itemCount),
    auxiliary: new Float64Array(sum(({ algorithm, items }) => auxiliaryCount(algorithm, items.length))),
    auxiliaryOffsets: slots(),
    ...layStraw2Buckets(map.buckets, args, slotCount),
    permutation: new Int32Array(itemCount),
    permutationX: slots(),
    permutationCounts: slots(),
    scratch: new Int32Array(0),
    call: {
      x: 0,
      deviceWeights: new Uint32Array(0),
      tries: 0,
      leafTries: 0,
      localTries: 0,
      fallbackTries: 0,
      varyR: 0,
      stable: 0,
    },
  }
  layBuckets(map, compiled)
  return compiled
}

function chooseArgsFor(map: CrushMap, id: number | undefined): ChooseArgsSet | undefined {
  if (id === undefined) return undefined
  return map.chooseArgs.find((set) => set.id === id) ?? map.chooseArgs.find((set) => set.id === -1)
}

function compileRule(rule: CrushRule): CompiledRule {
  return { rule, steps: Int32Array.from(rule.steps.flatMap(toStepNumbers)) }
}

function layBuckets(map: CrushMap, compiled: CompiledMap): void {
  let offset = 0
  let auxiliaryOffset = 0
  for (const bucket of map.buckets) {
    const slot = -1 - bucket.id
    compiled.algorithms[slot] = algorithmNumbers[bucket.algorithm]
    compiled.types[slot] = bucket.type
    compiled.sizes[slot] = bucket.items.length
    compiled.offsets[slot] = offset
    compiled.auxiliaryOffsets[slot] = auxiliaryOffset
    const weights = bucket.items.map((item) => item.weight)
    for (const item of bucket.items) {
      compiled.items[offset] = item.id
      compiled.weights[offset] = item.weight
      offset += 1
    }
    const computed = bucket.auxiliary ?? auxiliaryOf(bucket.algorithm, weights, map.tunables.strawCalcVersion)
    compiled.auxiliary.set(computed, auxiliaryOffset)
    auxiliaryOffset += computed.length
  }
}
