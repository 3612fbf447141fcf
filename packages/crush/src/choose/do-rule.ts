import { CrushError } from '../map/crush-error.ts'
import { operation } from '../map/step-numbers.ts'
import { chooseFirstn } from './choose-firstn.ts'
import { chooseIndep } from './choose-indep.ts'
import type { Call, CompiledMap } from './compiled-map.ts'

/**
 * Places one input: runs rule `rule` of the map for `x` and writes at most `size` device ids into `result`. Returns how
 * many it wrote. Allocates nothing once the map has seen the size, so it may run for every request.
 *
 * - `x`: a 32-bit integer, for a placement group the one that `placementInput` computes.
 * - `deviceWeights`: each device's reweight by id in 16.16, 0x10000 for in and 0 for out; a device beyond the end is out.
 * - A firstn rule leaves out what it cannot find, so the count is smaller; an indep rule writes `none` (0x7fffffff).
 *
 * Throws a CrushError when the map has no such rule or `result` is shorter than `size`.
 */
export function doRule(
  map: CompiledMap,
  rule: number,
  x: number,
  size: number,
  deviceWeights: Uint32Array,
  result: Int32Array,
): number {
  const compiled = map.rules.get(rule)
  if (compiled === undefined) throw noRule(map, rule)
  if (!(size >= 1) || result.length < size) throw badSize(size, result.length)
  if (map.scratch.length < 3 * size) map.scratch = new Int32Array(3 * size)
  const { call, scratch } = map
  start(call, map, x | 0, deviceWeights)
  const { steps } = compiled

  let hand = 0
  let handCount = 0
  let written = 0
  for (let at = 0; at < steps.length; at += 3) {
    const op = steps[at]!
    const argument = steps[at + 1]!
    if (op === operation.take) {
      scratch[hand] = argument
      handCount = 1
    } else if (op === operation.emit) {
      for (let index = 0; index < handCount && written < size; index += 1) {
        result[written] = scratch[hand + index]!
        written += 1
      }
      handCount = 0
    } else if (op >= operation.set_choose_tries) {
      set(call, op, argument)
    } else if (op !== operation.noop && handCount > 0) {
      handCount = choose(map, op, argument, steps[at + 2]!, size, hand, handCount)
      hand = size - hand
    }
  }
  return written
}

/**
 * Chooses from every item in hand. Items lie in one of the first two rows of the scratch space and what is chosen goes
 * into the other; the third row takes the leaves. Returns how many were chosen.
 */
function choose(
  map: CompiledMap,
  op: number,
  countGiven: number,
  type: number,
  size: number,
  hand: number,
  handCount: number,
): number {
  const { scratch } = map
  const out = size - hand
  const toLeaf = op === operation.chooseleaf_firstn || op === operation.chooseleaf_indep
  const firstn = op === operation.choose_firstn || op === operation.chooseleaf_firstn
  const wanted = countGiven > 0 ? countGiven : countGiven + size
  if (wanted <= 0) return 0
  let chosen = 0
  for (let index = 0; index < handCount && chosen < size; index += 1) {
    const slot = -1 - scratch[hand + index]!
    if (slot < 0 || slot >= map.sizes.length) continue // a device, or a position that an indep step left empty
    const leafOut = toLeaf ? 2 * size + chosen : -1
    if (firstn) {
      chosen += chooseFirstn(map, slot, wanted, type, out + chosen, leafOut, size - chosen)
    } else {
      const count = Math.min(wanted, size - chosen)
      chooseIndep(map, slot, count, wanted, type, out + chosen, leafOut)
      chosen += count
    }
  }
  if (toLeaf) scratch.copyWithin(out, 2 * size, 2 * size + chosen)
  return chosen
}

function start(call: Call, { tunables }: CompiledMap, x: number, deviceWeights: Uint32Array): void {
  call.x = x
  call.deviceWeights = deviceWeights
  call.tries = tunables.chooseTotalTries + 1 // the map counts retries
  call.leafTries = 0
  call.localTries = tunables.chooseLocalTries
  call.fallbackTries = tunables.chooseLocalFallbackTries
  call.varyR = tunables.chooseleafVaryR
  call.stable = tunables.chooseleafStable
}

/** A setting holds for the steps after it. Tries of 0 and negative values mean that the map's own number stays. */
function set(call: Call, op: number, value: number): void {
  if (op === operation.set_choose_tries && value > 0) call.tries = value
  if (op === operation.set_chooseleaf_tries && value > 0) call.leafTries = value
  if (value < 0) return
  if (op === operation.set_choose_local_tries) call.localTries = value
  if (op === operation.set_choose_local_fallback_tries) call.fallbackTries = value
  if (op === operation.set_chooseleaf_vary_r) call.varyR = value
  if (op === operation.set_chooseleaf_stable) call.stable = value
}

function noRule(map: CompiledMap, rule: number): CrushError {
  const known = [...map.rules.values()].map(({ rule: { id, name } }) => `${id} (${name})`).join(', ')
  return new CrushError(`rule ${rule}`, `the map has no such rule; it has ${known || 'none'}`)
}

function badSize(size: number, length: number): CrushError {
  return new CrushError(`size ${size}`, `must be 1 to the length of the result array, which is ${length}`)
}
