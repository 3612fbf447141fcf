import type { Events } from '../../../core/events.ts'
import type { Drive, DriveFile } from '../drive/drive.ts'
import { createFile } from '../drive/write-file.ts'
import type { SegmentId } from '../format/data-row.ts'
import { segmentPath } from './paths.ts'
import { segmentBytesMax } from './pool.ts'

/** A record that is durable in a segment. */
export interface AppendedRecord {
  readonly segment: SegmentId
  readonly offset: number
  /** To be called when it is known whether the record's data was committed: a segment is sealed only then. */
  settle(): void
}

interface Append {
  readonly buffers: readonly Uint8Array[]
  readonly sizeBytes: number
  readonly resolve: (record: AppendedRecord) => void
  readonly reject: (error: unknown) => void
}

interface OpenSegment {
  readonly id: SegmentId
  readonly file: DriveFile
  sizeBytes: number
  /** Records whose commit is not known yet. */
  unsettled: number
  full: boolean
}

/** Smaller segments stay open however long: an object every other minute must not make a file each. */
const idleBytesMin = 16 * 1024 * 1024

export interface SegmentWriterOptions {
  readonly drive: Drive
  /** Of this process: names its segments. */
  readonly session: number
  readonly events: Events
  /** Told once for each segment that nothing will be added to any more. */
  readonly sealed: (segment: SegmentId, sizeBytes: number) => void
  /** Numbers the segments; needed where several writers of a session may follow each other on one drive. */
  readonly nextNumber?: () => number
  readonly sizeBytesMax?: number
}

/** @returns 0, 1, 2 and so on */
export function counter(): () => number {
  let next = 0
  return () => next++
}

/**
 * Packs small chunks into append-only files. Records that come while others are being written and synced go together in
 * the next round: one sync for many.
 */
export class SegmentWriter {
  readonly #options: SegmentWriterOptions
  readonly #sizeBytesMax: number
  readonly #nextNumber: () => number
  #queue: Append[] = []
  #running: Promise<void> | undefined
  #open: OpenSegment | undefined
  #isUsed = false

  constructor(options: SegmentWriterOptions) {
    this.#options = options
    this.#sizeBytesMax = options.sizeBytesMax ?? segmentBytesMax
    this.#nextNumber = options.nextNumber ?? counter()
  }

  /** Resolves when the record is durable. The buffers must not change until then. */
  append(buffers: readonly Uint8Array[], sizeBytes: number): Promise<AppendedRecord> {
    this.#isUsed = true
    return new Promise((resolve, reject) => {
      this.#queue.push({ buffers, sizeBytes, resolve, reject })
      this.#running ??= this.#run()
    })
  }

  /** Adds nothing more to the segment that is open: only what is sealed can be compacted, or removed when it is empty. */
  seal(): void {
    if (this.#open !== undefined && this.#running === undefined) this.#finish(this.#open)
  }

  /** To be called from time to time: seals a segment to which nothing came in between, when it is worth a file. */
  sealIdle(): void {
    if (!this.#isUsed && this.#open !== undefined && this.#open.sizeBytes >= idleBytesMin) this.seal()
    this.#isUsed = false
  }

  async close(): Promise<void> {
    await this.#running
    this.seal()
  }

  async #run(): Promise<void> {
    while (this.#queue.length > 0) {
      const batch = this.#queue
      this.#queue = []
      try {
        await this.#write(batch)
      } catch (error) {
        // What a failed write or sync left in the file is not known: nothing more goes into it.
        if (this.#open !== undefined) this.#finish(this.#open)
        for (const append of batch) append.reject(error)
      }
    }
    this.#running = undefined
  }

  async #write(batch: readonly Append[]): Promise<void> {
    const segment = await this.#writable()
    const begin = segment.sizeBytes
    let sizeBytes = 0
    for (const append of batch) sizeBytes += append.sizeBytes
    await segment.file.write(
      batch.flatMap((append) => append.buffers),
      begin,
    )
    await segment.file.sync()
    segment.sizeBytes += sizeBytes
    segment.unsettled += batch.length
    let offset = begin
    for (const append of batch) {
      append.resolve({ segment: segment.id, offset, settle: () => this.#settle(segment) })
      offset += append.sizeBytes
    }
  }

  async #writable(): Promise<OpenSegment> {
    if (this.#open !== undefined && this.#open.sizeBytes >= this.#sizeBytesMax) this.#finish(this.#open)
    if (this.#open === undefined) {
      const id = { session: this.#options.session, number: this.#nextNumber() }
      const file = await createFile(this.#options.drive, segmentPath(id))
      this.#open = { id, file, sizeBytes: 0, unsettled: 0, full: false }
    }
    return this.#open
  }

  #finish(segment: OpenSegment): void {
    segment.full = true
    this.#open = undefined
    segment.file.close().catch((error) => {
      this.#options.events.driveFault({ drive: this.#options.drive.name, what: 'close a segment', error })
    })
    this.#sealWhenSettled(segment)
  }

  #settle(segment: OpenSegment): void {
    segment.unsettled -= 1
    this.#sealWhenSettled(segment)
  }

  #sealWhenSettled(segment: OpenSegment): void {
    if (segment.full && segment.unsettled === 0) this.#options.sealed(segment.id, segment.sizeBytes)
  }
}
