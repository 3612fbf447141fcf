import { localEngine } from '@headrace/erasure'
import type { Profile } from '../placement/profiles.ts'
import type { SealedBlocks } from './chunk-writer.ts'
import { blockBytes, chunkBytesOf, codeOf, saltOf, windowRows } from './pool.ts'
import type { Span, SpanPool, SpanPools } from './span.ts'

/**
 * Some stripes of a data, side by side: a span for each chunk. Bytes go round the data chunks block by block; when it is
 * complete, the coding chunks are computed. Copies share the span of the first.
 */
export class Window {
  /** Bytes of data that fit in. */
  readonly capacity: number
  /** Bytes of data that are in. */
  bytes = 0
  /** Number of its first block in every chunk; known when it is complete. */
  firstBlock = 0
  readonly #profile: Profile
  readonly #spanPool: SpanPool
  readonly #spans: readonly Span[]
  /** Bytes that go into one span before the next one's turn. */
  readonly #runBytes: number
  #users = 1

  constructor(profile: Profile, spans: SpanPools) {
    const { k, m } = profile
    const rows = windowRows(profile)
    this.capacity = rows * k * blockBytes
    this.#profile = profile
    this.#runBytes = k === 1 ? this.capacity : blockBytes
    this.#spanPool = spans.of(rows)
    this.#spans = Array.from({ length: k === 1 ? 1 : k + m }, () => this.#spanPool.take())
  }

  /** Takes as many bytes as it has room for. @returns their number */
  fill(bytes: Uint8Array): number {
    const runBytes = this.#runBytes
    let taken = 0
    while (taken < bytes.length && this.bytes < this.capacity) {
      const run = Math.floor(this.bytes / runBytes)
      const inRun = this.bytes % runBytes
      const count = Math.min(runBytes - inRun, bytes.length - taken)
      const span = this.#spans[run % this.#profile.k] as Span
      const isAll = count === bytes.length
      span.data.set(
        isAll ? bytes : bytes.subarray(taken, taken + count),
        Math.floor(run / this.#profile.k) * runBytes + inRun,
      )
      this.bytes += count
      taken += count
    }
    return taken
  }

  /** Computes the coding chunks, and the checksums of all. */
  complete(dataId: Buffer, firstBlock: number): void {
    this.firstBlock = firstBlock
    if (this.#profile.k > 1) this.#code()
    this.#spans.forEach((span, chunk) => {
      span.seal(this.#chunkBytes(chunk), { dataId, chunk: saltOf(this.#profile, chunk), firstBlock })
    })
  }

  /** The blocks of a chunk, once it is complete. */
  blocksOf(chunk: number): SealedBlocks {
    const span = this.#spans[Math.min(chunk, this.#spans.length - 1)] as Span
    return { span, bytes: this.#chunkBytes(chunk) }
  }

  /** Its memory is used by one more, who is to `release` it. */
  hold(): void {
    this.#users += 1
  }

  /** Its memory is given back when nobody uses it any more. */
  release(): void {
    this.#users -= 1
    if (this.#users > 0) return
    for (const span of this.#spans) this.#spanPool.give(span)
  }

  /** Of the last stripe, what is missing is taken for zeros, which are not written. */
  #code(): void {
    const { k } = this.#profile
    const codingBytes = this.#chunkBytes(k)
    const columns = this.#spans.map(({ data }) => data.subarray(0, codingBytes))
    for (let chunk = 0; chunk < k; chunk += 1) columns[chunk]?.fill(0, this.#chunkBytes(chunk))
    localEngine.combine(codeOf(this.#profile).encoding, { sources: columns.slice(0, k), targets: columns.slice(k) })
  }

  #chunkBytes(chunk: number): number {
    return chunkBytesOf(this.#profile, this.bytes, chunk)
  }
}
