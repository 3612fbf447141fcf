import { inlineBytesMax } from '../data/pool.ts'
import { wantOfSpace } from '../data/write-errors.ts'
import type { Drives, OpenDrive } from '../drive/drives.ts'
import type { Placement } from '../placement/placement.ts'
import { SpaceGuard, type SpaceGuardOptions } from './space-guard.ts'

/** What a write takes besides its bytes: rows of the index, and a record of the journal. */
const rowsBytes = 16 * 1024
/** Bytes in the index are in the journal as well, and in pages that are not full. */
const inlineFactor = 3
/** What a body takes that does not say how long it is. */
const unknownBytes = 64 * 1024 * 1024

export interface SpaceGuardsOptions extends SpaceGuardOptions {
  readonly drives: Drives
  readonly placement: () => Pick<Placement, 'poolFor' | 'setOf' | 'isUp'> & {
    readonly map: Pick<Placement['map'], 'indexDevices'>
  }
  /** Told when a write was refused because of a drive. */
  readonly refused?: ((device: number) => void) | undefined
}

/** A data that is going to be written. */
export interface ComingData {
  readonly dataId: Buffer
  readonly bucket: string
  readonly storageClass: string
  /** Undefined when it is not known. */
  readonly sizeBytes: number | undefined
}

/** Refuses writes before a drive that they need is full. */
export class SpaceGuards {
  readonly #options: SpaceGuardsOptions
  readonly #guards = new Map<number, SpaceGuard>()

  constructor(options: SpaceGuardsOptions) {
    this.#options = options
  }

  /**
   * Does a write for which there is space.
   * @param data undefined for rows of the index alone
   * @throws S3Error InsufficientStorage when it would not leave the reserve free on one of its drives
   */
  async during<T>(data: ComingData | undefined, write: () => Promise<T>): Promise<T> {
    const needs = this.#needs(data)
    const looks = needs.map(({ guard, bytes }) => guard.look(bytes)).filter((look) => look !== undefined)
    if (looks.length > 0) await Promise.all(looks)
    for (const { guard, bytes, device } of needs) {
      if (guard.hasRoom(bytes)) continue
      this.#options.refused?.(device)
      throw wantOfSpace(guard.drive.name)
    }
    for (const { guard, bytes } of needs) guard.hold(bytes)
    try {
      return await write()
    } finally {
      for (const { guard, bytes } of needs) guard.release(bytes)
    }
  }

  /** What the write takes of each drive: rows, and small bodies, of those of the index, chunks of those of its set. */
  #needs(data: ComingData | undefined): { device: number; guard: SpaceGuard; bytes: number }[] {
    const { placement, drives } = this.#options
    const map = placement()
    const bytesOf = new Map<number, number>()
    const sizeBytes = data === undefined ? 0 : (data.sizeBytes ?? unknownBytes)
    const isInline = sizeBytes <= inlineBytesMax
    for (const device of map.map.indexDevices)
      bytesOf.set(device, rowsBytes + (isInline ? sizeBytes * inlineFactor : 0))
    if (data !== undefined && !isInline) {
      const pool = map.poolFor(data.bucket, data.storageClass, sizeBytes)
      const chunkBytes = Math.ceil(sizeBytes / pool.k)
      for (const device of map.setOf(pool, data.dataId)) {
        bytesOf.set(device, (bytesOf.get(device) ?? 0) + chunkBytes)
      }
    }
    return [...bytesOf].flatMap(([device, bytes]) => {
      // Nothing is written to a drive that is down.
      const open = map.isUp(device) ? drives.get(device) : undefined
      return open === undefined ? [] : [{ device, guard: this.#guardOf(open), bytes }]
    })
  }

  #guardOf({ device, drive }: OpenDrive): SpaceGuard {
    let guard = this.#guards.get(device)
    if (guard?.drive !== drive) {
      guard = new SpaceGuard(drive, this.#options)
      this.#guards.set(device, guard)
    }
    return guard
  }
}
