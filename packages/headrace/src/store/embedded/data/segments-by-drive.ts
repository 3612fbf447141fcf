import { atMost } from '../../../core/at-most.ts'
import type { Runtime } from '../../../core/runtime.ts'
import type { Drive } from '../drive/drive.ts'
import type { OpenDrive } from '../drive/drives.ts'
import type { SegmentId } from '../format/data-row.ts'
import { counter, SegmentWriter } from './segment-writer.ts'

/** A segment to which nothing was added for so long, or up to twice as long, is sealed. */
const idleMs = 60_000
/** A drive that does not answer is not waited for longer when everything ends. */
const closeMs = 5_000

/** A segment to which nothing is added any more. */
export interface SealedSegment {
  readonly device: number
  readonly segment: SegmentId
  readonly sizeBytes: number
}

export interface SegmentsByDriveOptions {
  /** Of this process: names its segments. */
  readonly session: number
  readonly runtime: Pick<Runtime, 'clock' | 'events'>
  /** Makes known that a segment is sealed. When it fails, it is called again later. */
  readonly seal: (sealed: SealedSegment) => Promise<unknown>
}

/** The segments that one session writes: one is open on each drive that it has written small chunks to. */
export class SegmentsByDrive {
  readonly session: number
  readonly #options: SegmentsByDriveOptions
  readonly #writers = new Map<number, { readonly drive: Drive; readonly writer: SegmentWriter }>()
  /** One count for all drives: a drive that went away and came back must not meet numbers that it has. */
  readonly #nextNumber = counter()
  #unsealed: SealedSegment[] = []
  readonly #stop: () => void

  constructor(options: SegmentsByDriveOptions) {
    this.session = options.session
    this.#options = options
    this.#stop = options.runtime.clock.every(idleMs, () => this.#sealIdle())
  }

  /** The writer of a drive; it is made with the first chunk. */
  of({ device, drive }: Pick<OpenDrive, 'device' | 'drive'>): SegmentWriter {
    const known = this.#writers.get(device)
    if (known?.drive === drive) return known.writer
    const writer = new SegmentWriter({
      drive,
      session: this.session,
      events: this.#options.runtime.events,
      sealed: (segment, sizeBytes) => this.#seal({ device, segment, sizeBytes }),
      nextNumber: this.#nextNumber,
    })
    this.#writers.set(device, { drive, writer })
    // The drive was opened anew: what the old writer has is as good as its drive.
    known?.writer.close()
    return writer
  }

  /** Adds nothing more to the segment that is open on a drive, so that what is deleted of it can be given back. */
  seal(device: number): void {
    this.#writers.get(device)?.writer.seal()
  }

  async close(): Promise<void> {
    this.#stop()
    const closing = [...this.#writers.values()].map(({ writer }) => writer.close())
    await atMost(this.#options.runtime.clock, closeMs, Promise.all(closing))
  }

  /** Seals what is done with, also what could not be sealed before: nothing of it can be given back until then. */
  #sealIdle(): void {
    const unsealed = this.#unsealed
    this.#unsealed = []
    for (const sealed of unsealed) this.#seal(sealed)
    for (const { writer } of this.#writers.values()) writer.sealIdle()
  }

  #seal(sealed: SealedSegment): void {
    const { seal, runtime } = this.#options
    seal(sealed).catch((error) => {
      const { device, segment } = sealed
      runtime.events.log.warn({ err: error, device, segment }, 'a segment could not be sealed; it is tried again')
      this.#unsealed.push(sealed)
    })
  }
}
