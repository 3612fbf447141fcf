import { auxiliaryOf } from '../map/auxiliary.ts'
import {
  algorithmNumbers,
  type ChooseArgsSet,
  type CrushBucket,
  type CrushMap,
  type RuleStep,
} from '../map/crush-map.ts'
import { deviceIdLimit } from '../map/names.ts'
import { shadowIdsOf } from '../map/shadows.ts'
import { toStepNumbers } from '../map/step-numbers.ts'
import { ByteWriter } from './byte-writer.ts'
import { magic } from './parse-binary-map.ts'

/** Writes the binary form of a map: the bytes that `crushtool -c` writes for the same map and a cluster can be set to. */
export function formatBinaryMap(map: CrushMap): Uint8Array {
  const writer = new ByteWriter()
  const buckets = new Map(map.buckets.map((bucket) => [-1 - bucket.id, bucket]))
  const rules = new Map(map.rules.map((rule) => [rule.id, rule]))
  const bucketSlots = slotCount(Math.max(-1, ...buckets.keys()))
  const ruleSlots = Math.max(-1, ...rules.keys()) + 1
  writer.u32(magic)
  writer.u32(bucketSlots)
  writer.u32(ruleSlots)
  writer.u32(deviceIdLimit(map))
  for (let slot = 0; slot < bucketSlots; slot += 1) {
    const bucket = buckets.get(slot)
    if (bucket === undefined) writer.u32(0)
    else writeBucket(writer, bucket, map.tunables.strawCalcVersion)
  }
  for (let id = 0; id < ruleSlots; id += 1) {
    const rule = rules.get(id)
    writer.u32(rule === undefined ? 0 : 1)
    if (rule === undefined) continue
    writer.u32(rule.steps.length)
    for (const byte of [rule.ruleset ?? id, rule.kind === 'replicated' ? 1 : 3, rule.minSize, rule.maxSize])
      writer.u8(byte)
    for (const step of rule.steps) writeStep(writer, step)
  }
  const writeString = (text: string) => writer.string(text)
  writer.map(
    map.types.map(({ id, name }) => [id, name]),
    writeString,
  )
  writer.map(
    [...map.devices, ...map.buckets].map(({ id, name }) => [id, name]),
    writeString,
  )
  writer.map(
    map.rules.map(({ id, name }) => [id, name]),
    writeString,
  )
  writeTunables(writer, map)
  writeClasses(writer, map)
  writer.u32(map.chooseArgs.length)
  for (const set of [...map.chooseArgs].sort((a, b) => a.id - b.id)) writeChooseArgs(writer, set)
  return writer.finish()
}

/** The reference doubles its slots, from 8, until the lowest id fits. */
function slotCount(highestSlot: number): number {
  if (highestSlot < 0) return 0
  let count = 8
  while (count <= highestSlot) count *= 2
  return count
}

function writeBucket(writer: ByteWriter, bucket: CrushBucket, strawCalcVersion: number): void {
  const { id, type, algorithm, weight, items } = bucket
  const weights = items.map((item) => item.weight)
  const auxiliary = bucket.auxiliary ?? auxiliaryOf(algorithm, weights, strawCalcVersion)
  writer.u32(algorithmNumbers[algorithm])
  writer.s32(id)
  writer.u16(type)
  writer.u8(algorithmNumbers[algorithm])
  writer.u8(0) // rjenkins1
  writer.u32(weight)
  writer.u32(items.length)
  for (const item of items) writer.s32(item.id)
  if (algorithm === 'uniform') {
    writer.u32(weights[0] ?? 0)
  } else if (algorithm === 'tree') {
    writer.u8(auxiliary.length)
    for (const node of auxiliary) writer.u32(node)
  } else {
    weights.forEach((each, index) => {
      writer.u32(each)
      if (algorithm !== 'straw2') writer.u32(auxiliary[index]!)
    })
  }
}

function writeStep(writer: ByteWriter, step: RuleStep): void {
  const [operation, first, second] = toStepNumbers(step)
  writer.u32(operation)
  writer.s32(first)
  writer.s32(second)
}

function writeTunables(writer: ByteWriter, { tunables }: CrushMap): void {
  writer.u32(tunables.chooseLocalTries)
  writer.u32(tunables.chooseLocalFallbackTries)
  writer.u32(tunables.chooseTotalTries)
  writer.u32(tunables.chooseleafDescendOnce)
  writer.u8(tunables.chooseleafVaryR)
  writer.u8(tunables.strawCalcVersion)
  writer.u32(tunables.allowedBucketAlgorithms)
  writer.u8(tunables.chooseleafStable)
}

/** Classes of devices and shadows, class names, and the shadow of each crush bucket by class. */
function writeClasses(writer: ByteWriter, map: CrushMap): void {
  const classIds = new Map(map.classes.map(({ id, name }) => [name, id]))
  const ofItem = [
    ...map.devices.map((device) => [device.id, device.class] as const),
    ...map.buckets.map((bucket) => [bucket.id, bucket.shadow?.class] as const),
  ].flatMap(([id, name]) => (name === undefined ? [] : [[id, classIds.get(name)!] as const]))
  const number = (value: number) => writer.s32(value)
  writer.map(ofItem, number)
  writer.map(
    map.classes.map(({ id, name }) => [id, name]),
    (name) => writer.string(name),
  )
  writer.map(shadowIdsOf(map), (byClass) =>
    writer.map(
      [...byClass].map(([name, id]) => [classIds.get(name)!, id] as const),
      number,
    ),
  )
}

function writeChooseArgs(writer: ByteWriter, set: ChooseArgsSet): void {
  writer.s64(set.id)
  writer.u32(set.args.length)
  for (const { bucket, weightSet = [], ids = [] } of [...set.args].sort((a, b) => b.bucket - a.bucket)) {
    writer.u32(-1 - bucket)
    writer.u32(weightSet.length)
    for (const row of weightSet) {
      writer.u32(row.length)
      for (const weight of row) writer.u32(weight)
    }
    writer.u32(ids.length)
    for (const id of ids) writer.s32(id)
  }
}
