import type { Cancel, Runtime } from '../../../core/runtime.ts'
import type { Drive } from '../drive/drive.ts'
import { writeFileDurably } from '../drive/write-file.ts'
import { encodeMapFile, mapFileName } from '../format/map-file.ts'
import { indexDeviceCount, nextMap } from '../placement/edit-map.ts'
import { type MapSource, Placement } from '../placement/placement.ts'
import type { StoreMap } from '../placement/store-map.ts'
import { settleTogether } from './settle-together.ts'

/** A drive that has not taken a map so long after the others is not waited for. */
const patienceMs = 2_000
/** A drive that failed to take the map, and is up still, is given it again after so long. */
const againMs = 5_000

export interface MapKeeperOptions {
  /** What `findMap` has found, or the first map of a new store. */
  readonly map: StoreMap
  /** What is to be different from the beginning, such as which drives are there. */
  readonly edit?: (map: StoreMap) => StoreMap
  /** The drive of a device, as it is open now; undefined when it is not. */
  readonly driveOf: (device: number) => Drive | undefined
  readonly runtime: Pick<Runtime, 'clock' | 'random'>
  /** A drive that is up did not take the map. It gets it again, or the next one. */
  readonly failed: (device: number, error: unknown) => void
}

/**
 * The one writer of the map. Each map is on so many drives before anybody hears of it that every set of drives the store
 * can lose leaves one that has it.
 */
export class MapKeeper implements MapSource {
  /** Of this opening of the store, a number that nobody can guess. */
  readonly term: number
  readonly #options: MapKeeperOptions
  readonly #listeners = new Set<(placement: Placement) => void>()
  readonly #copies = new Map<number, MapCopy>()
  #current: Placement
  /** Of the last map that was begun to be written: one that could not be written may be on a drive all the same. */
  #epoch: number
  #changes: Promise<unknown> = Promise.resolve()
  #isClosed = false

  private constructor(options: MapKeeperOptions) {
    const { map, runtime } = options
    this.#options = options
    this.#current = new Placement(map)
    this.#epoch = map.epoch
    this.term = runtime.random.bytes(4).readUInt32LE(0)
  }

  /**
   * Takes over the maps of a store, with a map of this opening's own.
   * @throws Error when no drive takes it
   */
  static async open(options: MapKeeperOptions): Promise<MapKeeper> {
    const keeper = new MapKeeper(options)
    await keeper.#put(options.edit?.(options.map) ?? options.map)
    return keeper
  }

  get current(): Placement {
    return this.#current
  }

  onChange(listener: (placement: Placement) => void): Cancel {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /**
   * Changes the map, one change after the other. Resolves when the new map is durable on as many drives as it takes, and
   * with the one there is when the edit leaves it as it is.
   * @throws whatever the edit throws, and Error when no drive takes the map
   */
  change(edit: (map: StoreMap) => StoreMap): Promise<Placement> {
    const changed = this.#changes.then(async () => {
      const { map } = this.#current
      const edited = edit(map)
      if (edited !== map) await this.#put(edited)
      return this.#current
    })
    this.#changes = changed.catch(() => {})
    return changed
  }

  /** Drives that have not taken the map are not given it again. */
  close(): void {
    this.#isClosed = true
  }

  async #put(edited: StoreMap): Promise<void> {
    const stamp = { term: this.term, changedMs: this.#options.runtime.clock.now() }
    const next = nextMap(edited, stamp)
    const map = next.epoch > this.#epoch ? next : { ...next, epoch: this.#epoch + 1 }
    this.#epoch = map.epoch
    await this.#write(map)
    this.#current = new Placement(map, this.#current)
    for (const listener of this.#listeners) listener(this.#current)
  }

  /** Resolves when enough drives have the map; the others get it in the background. */
  async #write(map: StoreMap): Promise<void> {
    const { failed, runtime } = this.#options
    const bytes = encodeMapFile(map)
    const up = map.devices.filter(({ isUp }) => isUp).map(({ id }) => ({ id, work: this.#copyOf(id).put(bytes) }))
    for (const { id, work } of up) work.catch(() => this.#putAgain(id, map))
    let missing = Math.min(indexDeviceCount(map), up.length)
    const enough = new Promise<void>((resolve) => {
      for (const { work } of up) {
        work.then(
          () => {
            missing -= 1
            if (missing === 0) resolve()
          },
          () => {},
        )
      }
    })
    const tasks = up.map(({ work }) => ({ work, counts: true }))
    const settled = settleTogether(tasks, { clock: runtime.clock, patienceMs }).then((outcomes) => {
      const failures = outcomes.map((outcome, index) => {
        if (outcome.state === 'done') return undefined
        const error = outcome.state === 'failed' ? outcome.error : new Error('the drive did not take the map in time')
        failed((up[index] as { id: number }).id, error)
        return error
      })
      if (failures.every((error) => error !== undefined)) {
        throw new Error('the map could not be written on any drive', { cause: failures[0] })
      }
    })
    await Promise.race([enough, settled])
  }

  /** Fewer drives would have the newest map than may be lost, for as long as it does not change. */
  #putAgain(device: number, map: StoreMap): void {
    this.#options.runtime.clock.after(againMs, () => {
      const isNewest = this.#current.map.epoch === map.epoch
      if (this.#isClosed || !isNewest || !this.#current.isUp(device)) return
      const work = this.#copyOf(device).put(encodeMapFile(map))
      work.catch(() => this.#putAgain(device, map))
    })
  }

  #copyOf(device: number): MapCopy {
    const drive = this.#options.driveOf(device)
    let copy = this.#copies.get(device)
    if (copy === undefined || copy.drive !== drive) {
      copy = new MapCopy(drive)
      this.#copies.set(device, copy)
    }
    return copy
  }
}

/** The map of one drive, which takes one after the other: a write that hangs must not end after a later one. */
class MapCopy {
  readonly drive: Drive | undefined
  #writes: Promise<unknown> = Promise.resolve()

  constructor(drive: Drive | undefined) {
    this.drive = drive
  }

  put(bytes: Buffer): Promise<void> {
    const { drive } = this
    if (drive === undefined) return Promise.reject(new Error('the drive is not open'))
    const write = this.#writes.then(() => writeFileDurably(drive, mapFileName, bytes))
    this.#writes = write.catch(() => {})
    return write
  }
}
