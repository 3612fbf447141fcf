import { poolsInUse } from '../src/admin/embedded/summarize-profiles.ts'
import type { ChunkLocation } from '../src/store/embedded/format/data-row.ts'
import { decodeDeviceFile, deviceFileName } from '../src/store/embedded/format/device-file.ts'
import type { StoreMap } from '../src/store/embedded/placement/store-map.ts'
import { chunkPlace } from '../src/work/chunk-place.ts'
import { placedRow } from '../src/work/placed-row.ts'
import type { SimDrive } from './sim-drive.ts'
import type { SimMachine } from './sim-machine.ts'
import type { SimProcess } from './sim-process.ts'

/** What was under way while a drive was bad may still come out of it. */
const recentMs = 15_000

interface Hurt {
  readonly bay: SimDrive
  /** It can be read. */
  readonly isFull: boolean
  endedMs: number
}

interface Flip {
  readonly bay: SimDrive
  readonly path: string
  readonly byte: number
}

/**
 * What the store promises right now, seen from outside: which drives are bad, which chunks can be read, and whether
 * another drive may be hurt without more being bad than the store can bear.
 */
export class Protection {
  readonly #machine: SimMachine
  readonly #hurts = new Set<Hurt>()
  readonly #flips: Flip[] = []
  /** Least m of the pools that writes under way may have taken. */
  readonly #pools: { m: number; untilMs: number }[] = []
  /** When the operations under way began. */
  readonly #begun = new Set<{ readonly atMs: number }>()

  constructor(machine: SimMachine) {
    this.#machine = machine
  }

  /** An operation of a client begins. @returns to be called at its end */
  operation(): () => void {
    const begun = { atMs: this.#nowMs }
    this.#begun.add(begun)
    return () => this.#begun.delete(begun)
  }

  /** The process is gone, and everything that was under way. */
  processEnded(): void {
    this.#begun.clear()
  }

  /** A drive is hurt from now on. @returns to be called at the end */
  hurt(bay: SimDrive, { isFull = false } = {}): () => void {
    const hurt = { bay, isFull, endedMs: Number.POSITIVE_INFINITY }
    this.#hurts.add(hurt)
    return () => {
      hurt.endedMs = this.#nowMs
    }
  }

  flipped(flip: Flip): void {
    this.#flips.push(flip)
  }

  hasFlips(bay: SimDrive, path: string): boolean {
    return this.#flips.some((flip) => flip.bay === bay && flip.path === path && bay.isFlipped(path))
  }

  /** The profile changes: what is under way may take the pools of before. */
  profileChanges(map: StoreMap): void {
    this.#pools.push({ m: leastM(map), untilMs: this.#nowMs + recentMs })
  }

  /** How many drives may be bad at once. */
  budget({ map }: SimProcess): number {
    const recent = this.#pools.filter(({ untilMs }) => untilMs > this.#nowMs)
    return Math.min(leastM(map), ...recent.map(({ m }) => m))
  }

  /** Devices that are bad, or were a short time ago. */
  badDevices({ map }: SimProcess): Set<number> {
    const oldestMs = Math.min(this.#nowMs - recentMs, ...[...this.#begun].map(({ atMs }) => atMs))
    for (const hurt of this.#hurts) if (hurt.endedMs < oldestMs) this.#hurts.delete(hurt)
    const hurtBays = new Set([...this.#hurts].filter(({ isFull }) => !isFull).map(({ bay }) => bay.name))
    const isBad = ({ uuid, path, isUp }: StoreMap['devices'][number]) =>
      !isUp || hurtBays.has(path) || identityOf(this.#machine.bay(path)) !== uuid
    return new Set(map.devices.filter(isBad).map(({ id }) => id))
  }

  /** Whether anything is wrong with a drive, or was a short time ago. */
  hasTrouble(process: SimProcess): boolean {
    return this.badDevices(process).size > 0 || this.#hurts.size > 0
  }

  /** Whether so many drives are bad, or full, that writes may be refused: they need one chunk more than reads do. */
  mayRefuse(process: SimProcess): boolean {
    const isFull = [...this.#hurts].some(({ isFull }) => isFull)
    const m = this.budget(process)
    return isFull || this.badDevices(process).size >= (m > 1 ? m : m + 1)
  }

  /** Whether the store promises to survive that a drive is hurt now, in whatever way. */
  mayHurt(bay: SimDrive, process: SimProcess): boolean {
    const { map, keeperStore } = process
    const device = map.devices.find(({ path, uuid }) => path === bay.name && identityOf(bay) === uuid)
    if (device === undefined) return false
    const bad = this.badDevices(process).add(device.id)
    if (bad.size > this.budget(process)) return false
    const index = map.indexDevices.filter((id) => !bad.has(id) && !this.#hasBadIndex(id, map))
    if (index.length === 0) return false
    for (const { key, value } of keeperStore.index.scan('data', { from: Buffer.alloc(0) })) {
      const row = placedRow(value)
      if (row === undefined) continue
      const { k } = keeperStore.maps.current.pool(row.pool)
      // A chunk may be on the way to a drive that has none of this data.
      const strangers = [...bad].filter(
        (id) => !row.chunks.some((each) => each.kind !== 'missing' && each.device === id),
      )
      const readable = row.chunks.filter((location, chunk) => this.#isReadable(key, chunk, location, map, bad))
      if (readable.length - strangers.length < k) return false
    }
    return true
  }

  #isReadable(
    dataId: Buffer,
    chunk: number,
    location: ChunkLocation,
    { devices }: StoreMap,
    bad: ReadonlySet<number>,
  ): boolean {
    const place = chunkPlace({ dataId, chunk, location })
    const device = devices.find(({ id }) => id === place?.device)
    if (place === undefined || device === undefined || bad.has(device.id)) return false
    const bay = this.#machine.bay(device.path)
    const end = location.kind === 'segment' ? location.offset + location.recordBytes : Number.POSITIVE_INFINITY
    const bytes = bay?.peek(place.path)
    if (bytes === undefined || (location.kind === 'segment' && bytes.length < end)) return false
    return !this.#flips.some(
      (flip) =>
        flip.bay === bay &&
        flip.path === place.path &&
        bay?.isFlipped(flip.path) &&
        flip.byte >= place.begin &&
        flip.byte < end,
    )
  }

  /** Journal or snapshot is damaged in a way that only shows when the store is opened. */
  #hasBadIndex(device: number, { devices }: StoreMap): boolean {
    const path = devices.find(({ id }) => id === device)?.path
    return this.#flips.some(({ bay, path: file }) => {
      return bay.name === path && /^(journal|snapshots)\//.test(file) && bay.isFlipped(file)
    })
  }

  get #nowMs(): number {
    return this.#machine.clock.monotonic()
  }
}

function leastM(map: StoreMap): number {
  return Math.min(...poolsInUse(map).map(({ m }) => m))
}

/** Which drive stands in a bay; undefined when it is blank. */
export function identityOf(bay: SimDrive | undefined): string | undefined {
  const bytes = bay?.peek(deviceFileName)
  return bytes && decodeDeviceFile(Buffer.from(bytes)).deviceId
}
