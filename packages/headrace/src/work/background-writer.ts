import type { ChunkTarget } from '../store/embedded/data/chunk-writer.ts'
import { SegmentsByDrive } from '../store/embedded/data/segments-by-drive.ts'
import { firstSerial } from '../store/embedded/format/data-row.ts'
import type { WorkStore } from './work-store.ts'

/** A chunk is to be written to a drive that is not open or not up. */
export class DriveAwayError extends Error {
  readonly device: number

  constructor(device: number) {
    super(`drive ${device} does not answer`)
    this.name = 'DriveAwayError'
    this.device = device
  }
}

interface Opened {
  readonly session: number
  readonly segments: SegmentsByDrive
}

/**
 * Writes chunks again: healed, moved or compacted ones. It has a session of its own, like every process that writes, from
 * the first chunk on; what it leaves behind when it is killed is swept with it.
 */
export class BackgroundWriter {
  readonly #store: WorkStore
  readonly #stop: () => void
  #opened: Promise<Opened> | undefined
  #segments: SegmentsByDrive | undefined
  #serial = firstSerial

  constructor(store: WorkStore) {
    this.#store = store
    // A drive that is to leave is empty only when nothing is appended to it any more; one that was away may be mounted anew.
    this.#stop = store.maps.onChange(({ map }) => {
      for (const { id, membership, isUp } of map.devices) {
        if (membership !== 'in' || !isUp) this.#segments?.seal(id)
      }
    })
  }

  /**
   * Where to write one chunk. Each call names another file.
   * @throws DriveAwayError
   */
  async target(device: number): Promise<ChunkTarget> {
    this.#opened ??= this.#open()
    const { session, segments } = await this.#opened
    const open = this.#store.drives.get(device)
    if (open === undefined || !this.#store.maps.current.isUp(device)) throw new DriveAwayError(device)
    this.#serial += 1
    const drive = open.background
    return { device, drive, segments: segments.of({ device, drive }), session, serial: this.#serial }
  }

  async close(): Promise<void> {
    this.#stop()
    await this.#segments?.close()
  }

  async #open(): Promise<Opened> {
    const { keeper, runtime } = this.#store
    try {
      const input = { processId: process.pid, startedMs: runtime.clock.now() }
      const { session } = await keeper.submit('openSession', input)
      // Held to the end of the process: it keeps the session from being swept.
      this.#store.lockSession(session)
      this.#segments = new SegmentsByDrive({ session, runtime, seal: (sealed) => keeper.submit('sealSegment', sealed) })
      return { session, segments: this.#segments }
    } catch (error) {
      this.#opened = undefined
      throw error
    }
  }
}
