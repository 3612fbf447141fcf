// indep: every position is searched for on its own, round by round, and one that cannot be filled holds `none`. Right
// for erasure codes, where position p holds chunk p and must not shift when another device fails.
import { chooseItem } from './choose-item.ts'
import { type CompiledMap, none } from './compiled-map.ts'
import { isOut } from './is-out.ts'

/** A position that no round has filled yet. */
const open = 0x7ffffffe

/**
 * Fills `count` positions of the row at `out` with items of `type` below crush bucket `from`, and the row at `leafOut`
 * with a device below each where it is not −1. `spread` is the count asked for, by which tries of a position are apart.
 */
export function chooseIndep(
  map: CompiledMap,
  from: number,
  count: number,
  spread: number,
  type: number,
  out: number,
  leafOut: number,
): void {
  const { call, scratch } = map
  scratch.fill(open, out, out + count)
  if (leafOut >= 0) scratch.fill(open, leafOut, leafOut + count)
  let left = count
  for (let round = 0; left > 0 && round < call.tries; round += 1) {
    for (let position = 0; position < count; position += 1) {
      if (scratch[out + position] !== open) continue
      const item = tryPosition(map, from, spread, type, out, count, leafOut, position, round)
      if (item === open) continue
      scratch[out + position] = item
      if (item === none && leafOut >= 0) scratch[leafOut + position] = none
      left -= 1
    }
  }
  close(scratch, out, count)
  if (leafOut >= 0) close(scratch, leafOut, count)
}

function close(scratch: Int32Array, row: number, count: number): void {
  for (let index = row; index < row + count; index += 1) if (scratch[index] === open) scratch[index] = none
}

/** The hash's r in a crush bucket for a round; a uniform bucket that the spread divides would repeat itself. */
function rOf(map: CompiledMap, slot: number, start: number, spread: number, round: number): number {
  const repeats = map.algorithms[slot] === 1 && map.sizes[slot]! % spread === 0
  return start + (repeats ? spread + 1 : spread) * round
}

/** The item for a position in a round; `open` leaves the position to the next round, `none` gives it up. */
function tryPosition(
  map: CompiledMap,
  from: number,
  spread: number,
  type: number,
  out: number,
  count: number,
  leafOut: number,
  position: number,
  round: number,
): number {
  const { call, scratch } = map
  let slot = from
  for (;;) {
    if (map.sizes[slot] === 0) return open
    const r = rOf(map, slot, position, spread, round)
    // A weight set is asked for position 0 here: the reference passes where the row starts, not the position.
    const item = chooseItem(map, slot, call.x, r, 0)
    if ((item < 0 ? map.types[-1 - item]! : 0) !== type) {
      if (item >= 0) return none
      slot = -1 - item
      continue
    }
    for (let index = out; index < out + count; index += 1) if (scratch[index] === item) return open
    if (item >= 0) {
      if (leafOut >= 0) scratch[leafOut + position] = item
      return isOut(call, item) ? open : item
    }
    return leafOut < 0 || findLeaf(map, -1 - item, spread, leafOut, position, r) ? item : open
  }
}

/** One device below crush bucket `from`, written to `leafOut`; false when none can be had. */
function findLeaf(
  map: CompiledMap,
  from: number,
  spread: number,
  leafOut: number,
  position: number,
  parentR: number,
): boolean {
  const { call, scratch } = map
  scratch[leafOut + position] = none
  const tries = call.leafTries || 1
  for (let round = 0; round < tries; round += 1) {
    let slot = from
    while (map.sizes[slot]! > 0) {
      const r = rOf(map, slot, position + parentR, spread, round)
      const item = chooseItem(map, slot, call.x, r, position)
      if (item < 0) {
        slot = -1 - item
        continue
      }
      if (isOut(call, item)) break
      scratch[leafOut + position] = item
      return true
    }
  }
  return false
}
