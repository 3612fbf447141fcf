import { ErasureError } from '../errors.ts'
import { type Layout, storedChunkBytes } from '../layout.ts'

/** Where the bytes of one chunk of a whole object come from. */
export interface ChunkSource {
  /** Position of the chunk in its stripes: 0 … k − 1 for data, k … k + m − 1 for coding. */
  readonly index: number
  /**
   * The chunk from its first byte, in pieces of any size. A piece may be used again once the next is asked for, which is
   * when its bytes are needed and not before: a source that should read ahead does so itself.
   */
  readonly bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>
}

/** Reads exactly as many bytes of a chunk as it is asked for, whatever the pieces that they come in. */
export class ChunkReader {
  readonly index: number
  readonly #iterator: AsyncIterator<Uint8Array> | Iterator<Uint8Array>
  #piece: Uint8Array = new Uint8Array(0)
  #position = 0
  #isReading = false

  constructor({ index, bytes }: ChunkSource) {
    this.index = index
    this.#iterator = Symbol.asyncIterator in bytes ? bytes[Symbol.asyncIterator]() : bytes[Symbol.iterator]()
  }

  /** The next 1 … `maxBytes` bytes, as a view that is valid until the next call. */
  async read(maxBytes: number): Promise<Uint8Array> {
    while (this.#piece.length === 0) this.#piece = await this.#nextPiece()
    const view = this.#piece.subarray(0, maxBytes)
    this.#piece = this.#piece.subarray(view.length)
    this.#position += view.length
    return view
  }

  /** Fills the whole target with the next bytes. */
  async fill(target: Uint8Array): Promise<void> {
    for (let at = 0; at < target.length; ) {
      const view = await this.read(target.length - at)
      target.set(view, at)
      at += view.length
    }
  }

  /** Lets the source go. One that is stuck in a read is told so and not waited for. */
  async close(): Promise<void> {
    const closed = Promise.try(() => this.#iterator.return?.()).catch(() => {}) // what was read stays good
    if (!this.#isReading) await closed
  }

  async #nextPiece(): Promise<Uint8Array> {
    const result = await this.#next()
    if (!result.done) return result.value
    const place = `chunk ${this.index} ended after ${this.#position} bytes, short of what the size asks for`
    throw new ErasureError('shortChunk', `${place}: leave it out and rebuild it`)
  }

  async #next(): Promise<IteratorResult<Uint8Array>> {
    this.#isReading = true
    try {
      return await this.#iterator.next()
    } catch (cause) {
      const place = `chunk ${this.index} failed after ${this.#position} bytes`
      throw new ErasureError('sourceFailed', `${place}: leave it out and read another`, { cause })
    } finally {
      this.#isReading = false
    }
  }
}

/** The readers of the chunks with these indexes, in that order. Sources with other indexes are not touched. */
export function openReaders(sources: readonly ChunkSource[], indexes: readonly number[]): ChunkReader[] {
  return indexes.map((index) => new ChunkReader(sources.find((source) => source.index === index)!))
}

export async function closeReaders(readers: readonly ChunkReader[]): Promise<void> {
  await Promise.all(readers.map((reader) => reader.close()))
}

/**
 * Fills each buffer with the bytes of its chunk from `offset` on, all chunks in parallel. The buffers have one length;
 * what lies past the stored bytes of a chunk is its padding, hence zero.
 */
export async function readBlock(
  readers: readonly ChunkReader[],
  buffers: readonly Uint8Array[],
  { layout, offset }: { readonly layout: Layout; readonly offset: number },
): Promise<void> {
  const fillOne = async (reader: ChunkReader, buffer: Uint8Array) => {
    const stored = buffer.subarray(0, Math.max(0, storedChunkBytes(layout, reader.index) - offset))
    await reader.fill(stored)
    buffer.fill(0, stored.length)
  }
  await Promise.all(readers.map((reader, at) => fillOne(reader, buffers[at]!)))
}
