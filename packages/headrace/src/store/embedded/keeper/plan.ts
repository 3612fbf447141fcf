import { S3Error } from '@headrace/s3'
import { singlePool } from '../data/pool.ts'
import { type BucketRow, decodeBucketRow } from '../format/bucket-row.ts'
import { type ChunkLocation, type DataRow, decodeDataRow, encodeDataRow } from '../format/data-row.ts'
import { encodeSuspects } from '../format/suspects.ts'
import type { DatabaseName } from '../index/databases.ts'
import type { IndexReader, IndexWrite } from '../index/index.ts'
import { dataIdOfTrashKey, segmentKey, trashKey } from '../index/keys.ts'
import type { BucketReference, NewData } from './mutation.ts'

/** What a mutation touches is touched by one before it in the same batch: it has to wait for the next. */
export class Conflict extends Error {}

/** What a mutation was made from, such as data to be shared, is gone; whoever asked looks again. */
export class StaleReferenceError extends Error {}

/** Sums over a batch: several mutations may change the same ones. */
export interface Totals {
  usage(bucketId: number, objects: number, bytes: number): void
  /** @param key of the segment */
  segment(key: Buffer, liveRecords: number, liveBytes: number): void
}

export interface PlanContext {
  readonly index: IndexReader
  /** The commitSeq that the mutation will have. */
  readonly seq: number
  readonly totals: Totals
  /** The mutation was sent before, and its answer may have been lost. */
  readonly resent: boolean
  /** Whether the store has a drive of that number. */
  readonly hasDevice: (device: number) => boolean
  /** Whether data is where the map wants it; see `isAtHome`. */
  readonly isAtHome: (dataId: Buffer, row: Pick<DataRow, 'pool' | 'chunks'>) => boolean
  /** @throws Conflict when another mutation of the batch has it */
  claim(resource: string): void
  /** Like `claim`, but several may have it, as long as nobody claims it alone. */
  share(resource: string): void
}

/**
 * What one mutation will write, worked out from the index before anything happens. Throwing an S3Error in between is a
 * refusal: nothing of the plan is used then.
 */
export class Plan {
  readonly context: PlanContext
  readonly writes: IndexWrite[] = []
  readonly #newData = new Map<string, { dataId: Buffer; row: Omit<DataRow, 'references'> }>()
  readonly #references = new Map<string, { dataId: Buffer; change: number }>()

  constructor(context: PlanContext) {
    this.context = context
  }

  get index(): IndexReader {
    return this.context.index
  }

  put(database: DatabaseName, key: Buffer, value: Buffer): void {
    this.writes.push({ database, key, value })
  }

  remove(database: DatabaseName, key: Buffer): void {
    this.writes.push({ database, key, value: undefined })
  }

  /** @throws S3Error NoSuchBucket when it was deleted, and perhaps made again, since the writer looked */
  requireBucket({ name, id }: BucketReference): BucketRow {
    this.context.share(`bucket ${name}`)
    const bytes = this.index.get('buckets', Buffer.from(name))
    const row = bytes && decodeBucketRow(bytes)
    if (row === undefined || row.id !== id) throw new S3Error('NoSuchBucket', { details: { BucketName: name } })
    return row
  }

  /**
   * Whether a write has happened before. One whose entry was replaced or deleted since counts as well: it must not undo
   * what came after, and its files are about to be removed.
   * @param writeId id of its data, or of itself where it brings none
   */
  hasHappened(writeId: Buffer): boolean {
    if (this.index.get('data', writeId) !== undefined) return true
    if (!this.context.resent) return false
    for (const { key } of this.index.scan('trash', { from: Buffer.alloc(0) })) {
      if (dataIdOfTrashKey(key).equals(writeId)) return true
    }
    return false
  }

  /**
   * One extent for each data that comes with this mutation, and for each of these references to data of others.
   * @throws S3Error ServiceUnavailable when a drive that new data is on was taken out of the store meanwhile
   */
  useData(data: readonly NewData[], references: readonly Buffer[]): void {
    for (const { dataId, body, ...row } of data) {
      this.requireDevices(row)
      this.#newData.set(dataId.toString('latin1'), { dataId, row })
      if (body !== undefined) this.put('bodies', dataId, body)
      this.reference(dataId, 1)
    }
    for (const dataId of references) this.reference(dataId, 1)
  }

  /** @throws S3Error ServiceUnavailable when a chunk is on a drive that the store does not have */
  requireDevices({ chunks }: Pick<DataRow, 'chunks'>): void {
    if (chunks === 'inline') return
    for (const chunk of chunks) {
      if (chunk.kind === 'missing' || this.context.hasDevice(chunk.device)) continue
      throw new S3Error('ServiceUnavailable', {
        message: `Drive ${chunk.device} was taken out. Send the request again.`,
      })
    }
  }

  /** One extent more (or less, with −1) uses the data. */
  reference(dataId: Buffer, change: 1 | -1): void {
    const name = dataId.toString('latin1')
    const known = this.#references.get(name)
    this.#references.set(name, { dataId, change: (known?.change ?? 0) + change })
  }

  /**
   * Turns the references gathered into writes: data rows counted up and down, and what nobody uses any more put where it
   * waits for its readers.
   * @throws StaleReferenceError when a data to be shared does not exist any more
   */
  finish(): IndexWrite[] {
    for (const [name, { dataId, change }] of this.#references) {
      if (change === 0) continue
      this.context.claim(`data ${name}`)
      const created = this.#newData.get(name)
      const before = created === undefined ? this.#dataRow(dataId) : { ...created.row, references: 0 }
      if (before === undefined) {
        if (change > 0) throw new StaleReferenceError()
        continue
      }
      const row = { ...before, references: before.references + change }
      if (created !== undefined) this.#countChunks(row, 1)
      if (row.references > 0) this.#putReferenced(dataId, row, created !== undefined)
      else this.#removeData(dataId, row)
    }
    return this.writes
  }

  #dataRow(dataId: Buffer): DataRow | undefined {
    const bytes = this.index.get('data', dataId)
    return bytes && decodeDataRow(bytes)
  }

  /** Whether a row is among those to be healed follows from its chunks, which a change of its references leaves alone. */
  #putReferenced(dataId: Buffer, row: DataRow, isNew: boolean): void {
    this.put('data', dataId, encodeDataRow(row))
    if (isNew && (isMissingChunks(row) || this.#isStray(dataId, row))) this.#note(dataId, 0)
  }

  /** Puts a row whose chunks have changed, some of which are still under suspicion. */
  putData(dataId: Buffer, row: DataRow, suspects: number): void {
    this.put('data', dataId, encodeDataRow(row))
    if (this.#isStray(dataId, row)) this.#note(dataId, suspects)
    else this.putDegraded(dataId, row, suspects)
  }

  /**
   * A writer may go by a map that is not the newest any more. Whoever looks at all rows when the map changes may have
   * passed such a row before it was there, so it is noted.
   */
  #isStray(dataId: Buffer, row: DataRow): boolean {
    return !this.context.isAtHome(dataId, row)
  }

  /** It is among those to be looked at. */
  #note(dataId: Buffer, suspects: number): void {
    this.put('degraded', dataId, encodeSuspects(suspects))
  }

  /** Notes that a row lacks chunks or has suspected ones, or that neither is so. */
  putDegraded(dataId: Buffer, row: DataRow, suspects = 0): void {
    if (suspects !== 0 || isMissingChunks(row)) this.#note(dataId, suspects)
    else if (this.index.get('degraded', dataId) !== undefined) this.remove('degraded', dataId)
  }

  #removeData(dataId: Buffer, row: DataRow): void {
    this.remove('data', dataId)
    if (row.chunks === 'inline') this.remove('bodies', dataId)
    else if (this.index.get('degraded', dataId) !== undefined) this.remove('degraded', dataId)
    this.addTrash(dataId, row)
  }

  /**
   * Chunks that readers may still have open; `emptyTrash` removes them later. What has no chunks is remembered for as
   * long, since the write that brought it may be sent again.
   */
  addTrash(dataId: Buffer, row: DataRow): void {
    this.put('trash', trashKey(this.context.seq, dataId), encodeDataRow({ ...row, references: 0 }))
  }

  /** Remembers a write that has an id of its own, and not that of its data, as a copy does, when its entry goes. */
  rememberWrite(writeId: Buffer): void {
    this.addTrash(writeId, { pool: singlePool.id, lengthBytes: 0, chunks: 'inline', references: 0 })
  }

  #countChunks(row: Pick<DataRow, 'chunks'>, sign: 1 | -1): void {
    if (row.chunks === 'inline') return
    for (const chunk of row.chunks) this.countChunk(chunk, sign)
  }

  /** Counts a chunk to its segment, if it is in one. */
  countChunk(chunk: ChunkLocation, sign: 1 | -1): void {
    if (chunk.kind !== 'segment') return
    this.context.totals.segment(segmentKey(chunk.device, chunk.segment), sign, sign * chunk.recordBytes)
  }
}

export function isMissingChunks({ chunks }: DataRow): boolean {
  return chunks !== 'inline' && chunks.some(({ kind }) => kind === 'missing')
}
