// firstn: fill the result from the front, one position after the other; what cannot be had is left out, so the result
// is shorter. Right for replicas, where positions mean nothing.
import { chooseItem, choosePermuted } from './choose-item.ts'
import { type CompiledMap, none } from './compiled-map.ts'
import { isOut } from './is-out.ts'

/**
 * Chooses items of `type` below crush bucket `from` until `wanted` positions were tried or `room` is used up. Returns how
 * many it chose. The rows start at `out` and, for the leaves below the items, at `leafOut` (−1: none are looked for).
 */
export function chooseFirstn(
  map: CompiledMap,
  from: number,
  wanted: number,
  type: number,
  out: number,
  leafOut: number,
  room: number,
): number {
  let filled = 0
  for (let position = 0; position < wanted && filled < room; position += 1) {
    const item = search(map, from, position, type, out, leafOut, filled, map.call.tries)
    if (item === none) continue
    map.scratch[out + filled] = item
    filled += 1
  }
  return filled
}

/** One device below crush bucket `from`, written to the row of leaves; false when none can be had. */
function findLeaf(map: CompiledMap, from: number, leafOut: number, filled: number, r: number): boolean {
  const { call, scratch } = map
  const tries = call.leafTries || (map.tunables.chooseleafDescendOnce !== 0 ? 1 : call.tries)
  const parentR = call.varyR === 0 ? 0 : r >> (call.varyR - 1)
  const rep = call.stable !== 0 ? 0 : filled
  const item = search(map, from, rep + parentR, 0, leafOut, -1, filled, tries)
  scratch[leafOut + filled] = item
  return item !== none
}

/**
 * The item for one position, or `none`. Every failure and collision makes the next try start from another r: in the same
 * crush bucket while local tries last, else again from the top.
 */
function search(
  map: CompiledMap,
  from: number,
  start: number,
  type: number,
  out: number,
  leafOut: number,
  filled: number,
  tries: number,
): number {
  const { call } = map
  let slot = from
  let failures = 0
  let localFailures = 0
  for (;;) {
    const size = map.sizes[slot]!
    let collides = false
    if (size > 0) {
      const r = start + failures
      const exhausted = localFailures > call.fallbackTries && localFailures >= size >> 1
      const item =
        exhausted && call.fallbackTries > 0
          ? choosePermuted(map, slot, call.x, r)
          : chooseItem(map, slot, call.x, r, filled)
      if ((item < 0 ? map.types[-1 - item]! : 0) !== type) {
        if (item >= 0) return none
        slot = -1 - item
        continue
      }
      collides = isTaken(map.scratch, out, filled, item)
      if (!collides && accept(map, item, leafOut, filled, r)) return item
    }
    failures += 1
    localFailures += 1
    if (collides && localFailures <= call.localTries) continue
    if (call.fallbackTries > 0 && localFailures <= size + call.fallbackTries) continue
    if (failures >= tries) return none
    slot = from
    localFailures = 0
  }
}

function isTaken(scratch: Int32Array, out: number, filled: number, item: number): boolean {
  for (let index = out; index < out + filled; index += 1) if (scratch[index] === item) return true
  return false
}

/** Whether an item that does not collide can be had: it has a leaf where one is wanted, and as a device it is in. */
function accept(map: CompiledMap, item: number, leafOut: number, filled: number, r: number): boolean {
  if (item >= 0) {
    if (leafOut >= 0) map.scratch[leafOut + filled] = item
    return !isOut(map.call, item)
  }
  return leafOut < 0 || findLeaf(map, -1 - item, leafOut, filled, r)
}
