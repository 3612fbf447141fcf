import type { ByteSink } from '@headrace/s3'
import type { ChunkLocation } from '../format/data-row.ts'
import type { Pool } from '../placement/store-map.ts'
import type { ChunkSizes } from './chunk-writer.ts'
import type { MemoryBudget } from './memory-budget.ts'
import { blockBytes, chunkBytesOf, segmentChunkBytesMax } from './pool.ts'
import type { SpanPools } from './span.ts'
import { Window } from './window.ts'
import type { WriteLane } from './write-lane.ts'
import type { WriteLanes } from './write-lanes.ts'

/** Most data that is kept in memory so that its chunks can go to segments. */
const gatherBytesMax = 4 * 1024 * 1024

export interface StripeWriterOptions {
  readonly dataId: Buffer
  readonly pool: Pool
  /** Undefined when it is not known. */
  readonly sizeBytes: number | undefined
  readonly lanes: WriteLanes
  readonly spans: SpanPools
  /** For gathering more than a window. */
  readonly budget: MemoryBudget
}

/**
 * Cuts the bytes of a data into chunks. Windows are gathered as long as its chunks may go to segments; from then on they
 * go to files, one being written while the next is filled: memory does not grow with the data.
 */
export class StripeWriter implements ByteSink {
  readonly #options: StripeWriterOptions
  readonly #gatherBytesMax: number
  #budgetBytes: number
  #window: Window | undefined
  /** Complete, and on no drive yet. */
  #gathered: Window[] = []
  /** Of data in complete windows. */
  #sizeBytes = 0
  #flushing: Promise<void> = Promise.resolve()
  #writing: Promise<void> = Promise.resolve()
  #failed: unknown

  constructor(options: StripeWriterOptions) {
    this.#options = options
    const { pool, spans, budget, sizeBytes } = options
    const window = new Window(pool, spans)
    const { k, m } = pool
    const segmentDataMax = Math.min(gatherBytesMax, k * segmentChunkBytesMax)
    const mayGather = sizeBytes === undefined || sizeBytes <= segmentDataMax
    // What fits into one window takes no more memory than a window that is passed on.
    const furtherBytes = mayGather ? Math.max(0, Math.min(sizeBytes ?? Infinity, segmentDataMax) - window.capacity) : 0
    const budgetBytes = Math.ceil((furtherBytes * (k + m)) / k)
    const isGranted = budget.take(budgetBytes)
    this.#window = window
    this.#budgetBytes = isGranted ? budgetBytes : 0
    this.#gatherBytesMax = !mayGather ? 0 : isGranted ? segmentDataMax : Math.min(window.capacity, segmentDataMax)
  }

  write(bytes: Uint8Array): Promise<void> | undefined {
    if (this.#failed !== undefined) throw this.#failed
    const taken = (this.#window as Window).fill(bytes)
    if (taken === bytes.length) return undefined
    this.#flushing = this.#flush()
    return this.#flushing.then(() => this.write(bytes.subarray(taken)))
  }

  /** Makes durable what came. @returns its size, and where its chunks are, by number */
  async finish(): Promise<{ lengthBytes: number; chunks: ChunkLocation[] }> {
    const { lanes } = this.#options
    this.#complete()
    const lengthBytes = this.#sizeBytes
    if (lengthBytes <= this.#gatherBytesMax) {
      await lanes.each((lane) => lane.writeToSegment(this.#gathered, this.#sizesOf(lane)))
    } else {
      this.#flushing = this.#passOn()
      await this.#flushing
      await this.#writing
      if (this.#failed !== undefined) throw this.#failed
      await lanes.each((lane) => lane.finishFile(this.#sizesOf(lane)))
    }
    this.#release()
    return { lengthBytes, chunks: lanes.locations() }
  }

  /** Takes everything back. Called when anything failed, so it does not fail itself. */
  async abandon(): Promise<void> {
    // Whoever gives up may do so while a window is being handed over: it must come to rest first.
    this.#failed ??= new Error('the body was given up')
    await this.#flushing.catch(() => {})
    this.#release()
    await this.#options.lanes.abandon()
  }

  /** The window is full and more comes: it is kept as long as all may go to segments. */
  async #flush(): Promise<void> {
    this.#complete()
    if (this.#sizeBytes >= this.#gatherBytesMax) await this.#passOn()
    this.#window = new Window(this.#options.pool, this.#options.spans)
  }

  #complete(): void {
    const window = this.#window as Window
    this.#window = undefined
    this.#gathered.push(window)
    window.complete(this.#options.dataId, this.#sizeBytes / (this.#options.pool.k * blockBytes))
    this.#sizeBytes += window.bytes
  }

  /** Hands over to the files what is complete, each window once the one before is written. */
  async #passOn(): Promise<void> {
    while (this.#gathered.length > 0) {
      await this.#writing
      if (this.#failed !== undefined) throw this.#failed
      const window = this.#gathered.shift() as Window
      this.#writing = this.#options.lanes
        .each((lane) => lane.writeToFile(window))
        .catch((error) => {
          this.#failed = error
        })
        .then(() => window.release())
    }
  }

  #sizesOf({ chunk }: WriteLane): ChunkSizes {
    const dataBytes = this.#sizeBytes
    return { dataBytes, chunkBytes: chunkBytesOf(this.#options.pool, dataBytes, chunk) }
  }

  #release(): void {
    for (const window of this.#gathered) window.release()
    this.#gathered = []
    this.#window?.release()
    this.#window = undefined
    this.#options.budget.give(this.#budgetBytes)
    this.#budgetBytes = 0
  }
}
