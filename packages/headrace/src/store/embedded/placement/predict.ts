import { type Layout, storedChunkBytes } from '@headrace/erasure'
import { choosePositions, takesData, weightOf } from './crush-tree.ts'
import { crushInput, Placement } from './placement.ts'
import type { Pool, StoreMap } from './store-map.ts'

/** A data, as its row has it. */
export interface UsedData {
  readonly pool: number
  readonly dataId: Buffer
  readonly lengthBytes: number
}

/** Bytes of one drive, without the checksums of blocks. */
export interface DevicePrediction {
  readonly device: number
  readonly beforeBytes: number
  /** What it holds when all is done, with what is encoded anew. */
  readonly afterBytes: number
  /** What it receives and gives away within pools. */
  readonly inBytes: number
  readonly outBytes: number
}

/** What a change of the map moves, once all data lies where it belongs. */
export interface MovePrediction {
  readonly devices: readonly DevicePrediction[]
  /** All chunks, before. */
  readonly storedBytes: number
  readonly movedBytes: number
  /**
   * The least that any placement would move: for drives that come, the stored bytes × their weight ÷ the weight of all
   * (a drive takes one chunk of a data at most); for drives that go, what is on them.
   */
  readonly minimumBytes: number
  /** What would move if each chunk had to lie where plain CRUSH puts its number. */
  readonly plainBytes: number
  /** A change of profile: data that is read once, and the chunks that are written in its place. */
  readonly encoded: { readonly readBytes: number; readonly writtenBytes: number }
}

/** Predicts for a list, such as rows of the index in any order. */
export function predictMove(before: StoreMap, after: StoreMap, usage: Iterable<UsedData>, scale = 1): MovePrediction {
  const prediction = new MoveTally(before, after)
  for (const data of usage) prediction.add(data)
  return prediction.result(scale)
}

interface DeviceTally {
  before: number
  after: number
  in: number
  out: number
}

/** What happens to the chunks of a placement group. */
interface GroupMove {
  readonly before: readonly number[]
  /** By chunk number: where it is afterwards. */
  readonly after: readonly (number | undefined)[]
  /** Chunk numbers that plain CRUSH would move. */
  readonly plain: readonly number[]
}

interface PoolMoves {
  /** By placement group. */
  readonly groups: (GroupMove | undefined)[]
  /** Share of the pool that drives which come should hold. */
  readonly joiningShare: number
  storedBytes: number
  leftBytes: number
}

/**
 * A prediction in the making: data is added one by one, so that the caller may pause among millions. It takes it that data
 * is where it belongs by the map of before.
 */
export class MoveTally {
  readonly #before: Placement
  readonly #after: Placement
  readonly #devices = new Map<number, DeviceTally>()
  readonly #pools = new Map<number, PoolMoves>()
  #movedBytes = 0
  #plainBytes = 0
  #readBytes = 0
  #writtenBytes = 0

  constructor(before: StoreMap, after: StoreMap) {
    this.#before = new Placement(before)
    this.#after = new Placement(after, this.#before)
  }

  add(data: UsedData): void {
    const pool = this.#before.pool(data.pool)
    const target = this.#after.targetPool(this.#after.pool(pool.id), data.lengthBytes)
    if (target.id === pool.id) this.#addMove(data, pool)
    else this.#addEncoded(data, pool, target)
  }

  #addMove({ dataId, lengthBytes }: UsedData, pool: Pool): void {
    const layout = layoutOf(pool, lengthBytes)
    const moves = this.#movesOf(pool)
    const group = this.#before.groupOf(pool, dataId)
    const move = moves.groups[group] ?? this.#moveOf(pool, group)
    moves.groups[group] = move
    for (const [chunk, to] of move.after.entries()) {
      const bytes = storedChunkBytes(layout, chunk)
      const from = move.before[chunk]
      if (from !== undefined) {
        this.#device(from).before += bytes
        moves.storedBytes += bytes
        if (!this.#takes(from)) moves.leftBytes += bytes
      }
      if (to !== undefined) this.#device(to).after += bytes
      if (to === undefined || to === from) continue
      this.#device(to).in += bytes
      if (from !== undefined) this.#device(from).out += bytes
      this.#movedBytes += bytes
    }
    for (const chunk of move.plain) this.#plainBytes += storedChunkBytes(layout, chunk)
  }

  #addEncoded({ dataId, lengthBytes }: UsedData, pool: Pool, target: Pool): void {
    const old = layoutOf(pool, lengthBytes)
    for (const [chunk, device] of this.#before.setOf(pool, dataId).entries()) {
      this.#device(device).before += storedChunkBytes(old, chunk)
    }
    const layout = layoutOf(target, lengthBytes)
    for (const [chunk, device] of this.#after.setOf(target, dataId).entries()) {
      const bytes = storedChunkBytes(layout, chunk)
      this.#device(device).after += bytes
      this.#writtenBytes += bytes
    }
    this.#readBytes += lengthBytes
  }

  /** @param scale what each data stands for, when only a sample was added */
  result(scale = 1): MovePrediction {
    const scaled = (bytes: number) => Math.round(bytes * scale)
    const devices = [...this.#devices].sort(([a], [b]) => a - b)
    const least = [...this.#pools.values()].map((pool) =>
      Math.max(pool.leftBytes, pool.storedBytes * pool.joiningShare),
    )
    return {
      devices: devices.map(([device, tally]) => ({
        device,
        beforeBytes: scaled(tally.before),
        afterBytes: scaled(tally.after),
        inBytes: scaled(tally.in),
        outBytes: scaled(tally.out),
      })),
      storedBytes: scaled(devices.reduce((sum, [, tally]) => sum + tally.before, 0)),
      movedBytes: scaled(this.#movedBytes),
      minimumBytes: scaled(least.reduce((sum, bytes) => sum + bytes, 0)),
      plainBytes: scaled(this.#plainBytes),
      encoded: { readBytes: scaled(this.#readBytes), writtenBytes: scaled(this.#writtenBytes) },
    }
  }

  #device(id: number): DeviceTally {
    let tally = this.#devices.get(id)
    if (tally === undefined) {
      tally = { before: 0, after: 0, in: 0, out: 0 }
      this.#devices.set(id, tally)
    }
    return tally
  }

  #takes(id: number): boolean {
    const device = this.#after.device(id)
    return device !== undefined && takesData(device)
  }

  #movesOf(pool: Pool): PoolMoves {
    let moves = this.#pools.get(pool.id)
    if (moves === undefined) {
      moves = { groups: [], joiningShare: this.#joiningShare(pool), storedBytes: 0, leftBytes: 0 }
      this.#pools.set(pool.id, moves)
    }
    return moves
  }

  #joiningShare(pool: Pool): number {
    const devices = this.#after.map.devices.filter((each) => each.deviceClass === pool.deviceClass && takesData(each))
    const total = devices.reduce((sum, device) => sum + weightOf(device), 0)
    const isNew = ({ id }: { id: number }) => {
      const device = this.#before.device(id)
      return device === undefined || !takesData(device)
    }
    const share = (bytes: number) => Math.min(bytes / total, 1 / (pool.k + pool.m))
    return devices.filter(isNew).reduce((sum, device) => sum + share(weightOf(device)), 0)
  }

  /** Chunks of devices that stay in the set stay; the others go to those that come into it, in set order. */
  #moveOf(pool: Pool, group: number): GroupMove {
    const size = pool.k + pool.m
    const before = this.#before.setOfGroup(pool, group)
    const set = this.#after.setOfGroup(pool, group)
    const coming = set.filter((device) => !before.includes(device))
    const after = Array.from({ length: size }, (_, chunk) => {
      const device = before[chunk]
      if (device !== undefined && set.includes(device)) return device
      // What cannot go anywhere stays where it can be read.
      return coming.shift() ?? (device !== undefined && this.#after.device(device) ? device : undefined)
    })
    const x = crushInput(pool, group)
    const old = choosePositions(this.#before.treeOf(pool), x, size)
    const plain = choosePositions(this.#after.treeOf(pool), x, size).flatMap((device, chunk) =>
      device !== undefined && device !== old[chunk] ? [chunk] : [],
    )
    return { before, after, plain }
  }
}

function layoutOf({ k, blockBytes }: Pool, sizeBytes: number): Layout {
  return { k, unitBytes: blockBytes, sizeBytes }
}
