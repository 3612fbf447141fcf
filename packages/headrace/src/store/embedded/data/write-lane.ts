import type { OpenDrive } from '../drive/drives.ts'
import type { ChunkHeader } from '../format/chunk-header.ts'
import { type ChunkLocation, firstSerial } from '../format/data-row.ts'
import { ChunkFileWriter, type ChunkSizes, type ChunkTarget, writeSegmentChunk } from './chunk-writer.ts'
import type { SegmentsByDrive } from './segments-by-drive.ts'
import type { Window } from './window.ts'
import type { RoundMember } from './write-round.ts'

/** What the header of a chunk says that is known before its size is. */
export type ChunkIdentity = Omit<ChunkHeader, keyof ChunkSizes>

/** One chunk of a data on the way to its drive: to a file of its own in several steps, or to a segment in one. */
export class WriteLane implements RoundMember {
  readonly chunk: number
  readonly open: OpenDrive
  lagMs = 0
  readonly #identity: ChunkIdentity
  readonly #target: ChunkTarget
  #file: ChunkFileWriter | undefined
  #record: { settle(): void } | undefined
  #location: ChunkLocation | undefined
  #busy: Promise<unknown> = Promise.resolve()
  #abandoned: Promise<void> | undefined

  constructor(identity: ChunkIdentity, open: OpenDrive, segments: SegmentsByDrive) {
    const { device, drive } = open
    this.chunk = identity.chunk
    this.open = open
    this.#identity = identity
    this.#target = { device, drive, segments: segments.of(open), session: identity.session, serial: firstSerial }
  }

  /** Where the chunk is; `missing` unless it is durable. */
  get location(): ChunkLocation {
    return this.#location ?? { kind: 'missing' }
  }

  get isAbandoned(): boolean {
    return this.#abandoned !== undefined
  }

  /** Writes its blocks of a window to the file. The window is held until the drive is done with it. */
  writeToFile(window: Window): Promise<void> {
    const { span, bytes } = window.blocksOf(this.chunk)
    if (bytes === 0) return Promise.resolve()
    return this.#using([window], this.#openFile().write(span, bytes, window.firstBlock))
  }

  finishFile(sizes: ChunkSizes): Promise<void> {
    return this.#using(
      [],
      this.#openFile()
        .finish(sizes)
        .then((location) => this.#written(location)),
    )
  }

  /** Writes the whole chunk to the segment. The windows are held until the drive is done with them. */
  writeToSegment(windows: readonly Window[], sizes: ChunkSizes): Promise<void> {
    const blocks = windows.map((window) => window.blocksOf(this.chunk))
    const writing = writeSegmentChunk(this.#target, { ...this.#identity, ...sizes }, blocks).then((record) => {
      this.#record = record
      this.#written(record.location)
    })
    return this.#using(windows, writing)
  }

  /** It is known that the chunk's data was committed. */
  settle(): void {
    this.#record?.settle()
    this.#record = undefined
  }

  /**
   * The chunk is not to be: whatever was written is taken back as soon as the drive has come to rest. A record in a
   * segment stays behind as garbage, which compaction takes away. It never fails.
   */
  abandon(): Promise<void> {
    this.#location = undefined
    this.#abandoned ??= this.#takeBack()
    return this.#abandoned
  }

  async #takeBack(): Promise<void> {
    await this.#file?.abandon()
    await this.#busy
    this.settle()
  }

  #written(location: ChunkLocation): void {
    if (!this.isAbandoned) this.#location = location
  }

  #openFile(): ChunkFileWriter {
    this.#file ??= new ChunkFileWriter(this.#target, { ...this.#identity, dataBytes: 0, chunkBytes: 0 })
    return this.#file
  }

  #using(windows: readonly Window[], work: Promise<void>): Promise<void> {
    for (const window of windows) window.hold()
    const end = () => {
      for (const window of windows) window.release()
    }
    this.#busy = work.then(end, end)
    return work
  }
}
