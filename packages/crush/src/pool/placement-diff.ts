import { compileMap } from '../choose/compile-map.ts'
import { type CompiledMap, none } from '../choose/compiled-map.ts'
import { doRule } from '../choose/do-rule.ts'
import type { CrushMap } from '../map/crush-map.ts'
import { deviceIdLimit } from '../map/names.ts'
import { weightOne } from '../map/weight.ts'
import { type Pool, placementInput } from './pool.ts'
import { deviceShares } from './shares.ts'

export interface DiffOptions {
  /** Reweight of each device by id (16.16) before and after; all 1.0 by default. */
  readonly weightsBefore?: Uint32Array
  readonly weightsAfter?: Uint32Array
  /** Bytes that one device holds for one placement group: a copy, or one chunk of each stripe. 1 by default. */
  readonly bytesPerPg?: number
  /** choose_args set to place with; the pool's own by default, as in Ceph. */
  readonly chooseArgs?: number
}

export interface MovedPg {
  readonly pg: number
  /** Device ids by position; `none` (0x7fffffff) where an erasure pool has no device. */
  readonly before: readonly number[]
  readonly after: readonly number[]
  /** Copies or chunks that a device must receive. */
  readonly received: number
}

export interface DeviceChange {
  readonly device: number
  readonly bytesBefore: number
  readonly bytesAfter: number
  readonly bytesIn: number
  readonly bytesOut: number
}

export interface PlacementDiff {
  readonly pool: Pool
  /** Groups whose set of devices changed. */
  readonly moved: readonly MovedPg[]
  /** Groups that hold the same devices in other positions. Costs nothing where a device keeps its chunk (see README). */
  readonly reordered: number
  /** Every device that holds anything before or after, by id. */
  readonly devices: readonly DeviceChange[]
  /** Bytes that travel: what devices receive that did not hold the placement group before. */
  readonly movedBytes: number
  /** Bytes that would travel besides if every chunk had to lie at the position that CRUSH gives it. */
  readonly reorderedBytes: number
  /** The least that must travel for devices to end as full as they do. */
  readonly minimumBytes: number
  /** The least that must travel for every device to hold its share by weight, starting from such shares. */
  readonly minimumBytesByWeight: number
  /** Bytes in the pool after the change. */
  readonly totalBytes: number
}

/**
 * What changing a map moves: places every placement group of the pool on both maps and compares. A device that is in the
 * set before and after keeps what it has, whatever its position. Costs two placements a group.
 */
export function diffPlacement(before: CrushMap, after: CrushMap, pool: Pool, options: DiffOptions = {}): PlacementDiff {
  const bytesPerPg = options.bytesPerPg ?? 1
  const place = (map: CrushMap, weights: Uint32Array | undefined) =>
    placer(compileMap(map, { chooseArgs: options.chooseArgs ?? pool.id }), pool, weights ?? allIn(map))
  const placeBefore = place(before, options.weightsBefore)
  const placeAfter = place(after, options.weightsAfter)
  const tally = new Tally()
  const moved: MovedPg[] = []
  let reordered = 0
  let displaced = 0
  for (let pg = 0; pg < pool.pgCount; pg += 1) {
    const from = placeBefore(pg)
    const to = placeAfter(pg)
    const { received, released, shifted } = tally.add(from, to)
    if (pool.kind === 'erasure') displaced += shifted
    if (received + released > 0) moved.push({ pg, before: from, after: to, received })
    else if (shifted > 0) reordered += 1
  }
  const devices = tally.devices(bytesPerPg)
  const sum = (pick: (device: DeviceChange) => number) => devices.reduce((total, device) => total + pick(device), 0)
  const totalBytes = sum((device) => device.bytesAfter)
  return {
    pool,
    moved,
    reordered,
    devices,
    movedBytes: sum((device) => device.bytesIn),
    reorderedBytes: displaced * bytesPerPg,
    minimumBytes: sum((device) => Math.max(0, device.bytesAfter - device.bytesBefore)),
    minimumBytesByWeight: totalBytes * shareMoved(before, after, pool, options),
    totalBytes,
  }
}

/** Reweights that leave every device of a map in: 1.0 for each id. */
export function allIn(map: CrushMap): Uint32Array {
  return new Uint32Array(deviceIdLimit(map)).fill(weightOne)
}

function placer(map: CompiledMap, pool: Pool, weights: Uint32Array): (pg: number) => number[] {
  const result = new Int32Array(pool.size)
  return (pg) => {
    const count = doRule(map, pool.rule, placementInput(pool, pg), pool.size, weights, result)
    return [...result.subarray(0, count)]
  }
}

/** The part of all data that has to change devices when shares by weight change. */
function shareMoved(before: CrushMap, after: CrushMap, pool: Pool, options: DiffOptions): number {
  const old = deviceShares(before, pool.rule, options.weightsBefore ?? allIn(before))
  const fresh = deviceShares(after, pool.rule, options.weightsAfter ?? allIn(after))
  return [...fresh].reduce((sum, [device, share]) => sum + Math.max(0, share - (old.get(device) ?? 0)), 0)
}

/** Counts, for every device, the placement groups it holds before and after, receives and gives away. */
class Tally {
  readonly #counts = new Map<number, { before: number; after: number; in: number; out: number }>()

  add(before: readonly number[], after: readonly number[]): { received: number; released: number; shifted: number } {
    let received = 0
    let released = 0
    let shifted = 0
    before.forEach((device) => {
      if (device === none) return
      const counts = this.#of(device)
      counts.before += 1
      if (after.includes(device)) return
      counts.out += 1
      released += 1
    })
    after.forEach((device, position) => {
      if (device === none) return
      const counts = this.#of(device)
      counts.after += 1
      if (!before.includes(device)) {
        counts.in += 1
        received += 1
      } else if (before[position] !== device) shifted += 1
    })
    return { received, released, shifted }
  }

  devices(bytesPerPg: number): DeviceChange[] {
    return [...this.#counts]
      .sort(([a], [b]) => a - b)
      .map(([device, counts]) => ({
        device,
        bytesBefore: counts.before * bytesPerPg,
        bytesAfter: counts.after * bytesPerPg,
        bytesIn: counts.in * bytesPerPg,
        bytesOut: counts.out * bytesPerPg,
      }))
  }

  #of(device: number) {
    let counts = this.#counts.get(device)
    if (counts === undefined) {
      counts = { before: 0, after: 0, in: 0, out: 0 }
      this.#counts.set(device, counts)
    }
    return counts
  }
}
