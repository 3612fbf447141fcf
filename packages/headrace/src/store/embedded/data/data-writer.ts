import type { Body, BodySummary, BodyWants, ByteSink } from '@headrace/s3'
import type { DataRow } from '../format/data-row.ts'
import { smallBytesMax } from '../placement/profiles.ts'
import type { MemoryBudget } from './memory-budget.ts'
import { inlineBytesMax } from './pool.ts'
import type { SpanPools } from './span.ts'
import { StripeWriter } from './stripe-writer.ts'
import { type LanesOptions, WriteLanes } from './write-lanes.ts'

export interface DataWriterOptions extends LanesOptions {
  readonly spans: SpanPools
  /** Memory for data that is gathered; see `gatherBudgetBytes`. */
  readonly budget: MemoryBudget
}

/** Memory of a process for data whose chunks are gathered for segments. */
export const gatherBudgetBytes = 128 * 1024 * 1024

/** For whom a data is written: it decides on the pool, and bucket and key are a hint in the headers. */
export interface DataHint {
  readonly bucket: string
  readonly key: string
  /** As S3 names it, such as STANDARD. */
  readonly storageClass: string
}

/** A data whose bytes are durable, or will be with the commit that brings it (`body`). */
export interface WrittenData {
  readonly dataId: Buffer
  readonly row: Omit<DataRow, 'references'>
  /** The bytes themselves, when they are to be kept in the index. */
  readonly body: Buffer | undefined
  /** The commit is known to have happened. */
  settle(): void
  /** The commit is known not to have happened: what was written is thrown away, as far as drives answer. */
  discard(): Promise<void>
}

/**
 * Reads a body to its end and puts its bytes where they belong by size: into the index, or as chunks onto the drives of
 * its set. Chunks that could not be written are `missing` in the row.
 * @throws S3Error ServiceUnavailable when too few drives answer, InsufficientStorage when one is full
 */
export async function writeData(
  body: Body,
  wants: BodyWants,
  dataId: Buffer,
  hint: DataHint,
  options: DataWriterOptions,
): Promise<{ data: WrittenData; summary: BodySummary }> {
  const writer = new DataWriter(body.sizeBytes, dataId, hint, options)
  try {
    const summary = await body.readInto(writer, wants)
    return { data: await writer.finish(), summary }
  } catch (error) {
    await writer.abandon()
    throw error
  }
}

interface Stripes {
  readonly writer: StripeWriter
  readonly lanes: WriteLanes
  readonly pool: number
}

/** Where the bytes of a data go: collected while they may be few, else cut into chunks. */
class DataWriter implements ByteSink {
  readonly #sizeBytes: number | undefined
  readonly #dataId: Buffer
  readonly #hint: DataHint
  readonly #options: DataWriterOptions
  #collected: Buffer[] = []
  #collectedBytes = 0
  #stripes: Stripes | undefined

  constructor(sizeBytes: number | undefined, dataId: Buffer, hint: DataHint, options: DataWriterOptions) {
    this.#sizeBytes = sizeBytes
    this.#dataId = dataId
    this.#hint = hint
    this.#options = options
    if (sizeBytes !== undefined && sizeBytes > inlineBytesMax) this.#cut(sizeBytes)
  }

  write(bytes: Uint8Array): Promise<void> | undefined {
    if (this.#stripes !== undefined) return this.#stripes.writer.write(bytes)
    this.#collected.push(Buffer.from(bytes))
    this.#collectedBytes += bytes.length
    // Which pool a data takes depends on its size: as long as that is open, nothing is written.
    const collectBytesMax = this.#sizeBytes === undefined ? smallBytesMax : inlineBytesMax
    if (this.#collectedBytes <= collectBytesMax) return undefined
    return this.#cut(this.#collectedBytes).write(this.#takeCollected())
  }

  async finish(): Promise<WrittenData> {
    if (this.#stripes === undefined && this.#collectedBytes <= inlineBytesMax) return this.#inline()
    if (this.#stripes === undefined) await this.#cut(this.#collectedBytes).write(this.#takeCollected())
    const { writer, lanes, pool } = this.#stripes as unknown as Stripes
    const written = await writer.finish()
    return {
      dataId: this.#dataId,
      row: { pool, ...written },
      body: undefined,
      settle: () => lanes.settle(),
      discard: () => lanes.abandon(),
    }
  }

  async abandon(): Promise<void> {
    await this.#stripes?.writer.abandon()
  }

  #inline(): WrittenData {
    const { bucket, storageClass } = this.#hint
    const body = this.#takeCollected()
    const pool = this.#options.placement().poolFor(bucket, storageClass, body.length)
    return {
      dataId: this.#dataId,
      row: { pool: pool.id, lengthBytes: body.length, chunks: 'inline' },
      body,
      settle() {},
      async discard() {},
    }
  }

  #takeCollected(): Buffer {
    const collected = this.#collected
    this.#collected = []
    return collected.length === 1 ? (collected[0] as Buffer) : Buffer.concat(collected)
  }

  #cut(sizeBytes: number): StripeWriter {
    const { placement, segments, spans, budget } = this.#options
    const { bucket, key, storageClass } = this.#hint
    const dataId = this.#dataId
    const pool = placement().poolFor(bucket, storageClass, sizeBytes)
    const lanes = new WriteLanes(pool, { dataId, session: segments.session, bucket, key }, this.#options)
    const writer = new StripeWriter({ dataId, pool, sizeBytes: this.#sizeBytes, lanes, spans, budget })
    this.#stripes = { writer, lanes, pool: pool.id }
    return writer
  }
}
