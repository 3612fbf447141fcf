import type { ChunkLocation } from '../../store/embedded/format/data-row.ts'
import type { ChunkSink } from './chunk-sink.ts'

/** Chunks that were made and that no row names yet. */
export class MadeChunks {
  readonly #sinks: readonly ChunkSink[]
  readonly #locations: ReadonlyMap<number, ChunkLocation>

  constructor(sinks: readonly ChunkSink[], locations: ReadonlyMap<number, ChunkLocation>) {
    this.#sinks = sinks
    this.#locations = locations
  }

  /** Bytes of them, with their checksums. */
  get bytes(): number {
    return this.#sinks.reduce((sum, { bytes }) => sum + bytes, 0)
  }

  /** Chunks by number, with these in their places. */
  placedIn(base: readonly ChunkLocation[]): ChunkLocation[] {
    return base.map((location, chunk) => this.#locations.get(chunk) ?? location)
  }

  /** A row names them. */
  settle(): void {
    for (const sink of this.#sinks) sink.settle()
  }

  /** No row will name them. It never fails. */
  async abandon(): Promise<void> {
    await Promise.all(this.#sinks.map((sink) => sink.abandon()))
  }
}
