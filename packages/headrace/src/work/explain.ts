import { decodeBucketRow } from '../store/embedded/format/bucket-row.ts'
import { type ChunkLocation, decodeDataRow } from '../store/embedded/format/data-row.ts'
import type { Extent } from '../store/embedded/format/details.ts'
import { etagOf } from '../store/embedded/format/entry.ts'
import { isSuspect } from '../store/embedded/format/suspects.ts'
import { detailsOf, findEntry } from '../store/embedded/index/entries.ts'
import { type ChunkFate, chunkFates } from '../store/embedded/placement/belongs.ts'
import { crushInput, type Placement } from '../store/embedded/placement/placement.ts'
import type { Pool } from '../store/embedded/placement/store-map.ts'
import { chunkPlace } from './chunk-place.ts'
import { type PlacedRow, planRow } from './mend/plan-row.ts'
import { rowFacts } from './placed-row.ts'
import type { WorkStore } from './work-store.ts'

/** Data chunks and coding chunks of a pool; k = 1 keeps m further copies. */
export interface ExplainedPool {
  readonly pool: number
  readonly k: number
  readonly m: number
}

export interface ChunkExplanation {
  readonly chunk: number
  readonly role: 'data' | 'coding' | 'copy'
  /** `null` when it is nowhere. `offsetBytes` is that of the record in a segment. */
  readonly at: { readonly drive: number; readonly file: string; readonly offsetBytes: number | null } | null
  /** `null` when no drive is left for it. */
  readonly belongsOn: number | null
  readonly state: 'fine' | 'misplaced' | 'missing' | 'suspect' | 'drive down'
  /** A few words: why CRUSH put it there, or why it is not there. */
  readonly why: string
}

export interface ExtentExplanation {
  readonly dataId: string
  /** The part of the data that the object uses, and the whole of it. */
  readonly offsetBytes: number
  readonly lengthBytes: number
  readonly dataBytes: number
  readonly references: number
  /** `null` when the bytes are in the index. */
  readonly placement: PlacementExplanation | null
}

export interface PlacementExplanation {
  readonly pool: ExplainedPool
  /** Where data of this one goes now: another one when it is to be re-encoded. */
  readonly targetPool: ExplainedPool
  readonly deviceClass: string
  readonly failureDomain: string
  readonly pg: number
  /** What CRUSH hashed. */
  readonly x: number
  /** What CRUSH chose, in its order. */
  readonly set: readonly number[]
  readonly chunks: readonly ChunkExplanation[]
}

/** Where the chunks of an object are, where they belong, and why. */
export interface Explanation {
  readonly bucket: string
  readonly key: string
  readonly epoch: number
  readonly commitSeq: number
  readonly sizeBytes: number
  readonly etag: string
  readonly storageClass: string
  readonly lastModifiedMs: number
  readonly parts: number
  /** The first 100 extents, and how many there are. */
  readonly extents: readonly ExtentExplanation[]
  readonly extentCount: number
}

const extentsMax = 100

/** @returns undefined when there is no such object */
export function explain(
  store: Pick<WorkStore, 'index' | 'maps'>,
  { bucket, key }: { readonly bucket: string; readonly key: string },
): Explanation | undefined {
  const { index, maps } = store
  index.refresh()
  const bucketRow = index.get('buckets', Buffer.from(bucket))
  const found = bucketRow && findEntry(index, decodeBucketRow(bucketRow).id, key)
  if (found === undefined) return undefined
  const { commitSeq, sizeBytes, md5, partsCount, storageClass, lastModifiedMs } = found.entry
  const { extents } = detailsOf(index, found.entry)
  return {
    bucket,
    key,
    epoch: maps.current.map.epoch,
    commitSeq,
    sizeBytes,
    etag: etagOf(md5, partsCount),
    storageClass,
    lastModifiedMs,
    parts: partsCount,
    extents: extents.slice(0, extentsMax).map((extent) => explainExtent(store, extent)),
    extentCount: extents.length,
  }
}

function explainExtent(
  store: Pick<WorkStore, 'index' | 'maps'>,
  { dataId, offset, length }: Extent,
): ExtentExplanation {
  const bytes = store.index.get('data', dataId)
  const row = bytes && decodeDataRow(bytes)
  const facts = rowFacts(store, dataId)
  return {
    dataId: dataId.toString('hex'),
    offsetBytes: offset,
    lengthBytes: length,
    dataBytes: row?.lengthBytes ?? length,
    references: row?.references ?? 0,
    placement: facts === undefined ? null : explainPlacement(dataId, facts.row, facts.suspects, store.maps.current),
  }
}

function explainPlacement(
  dataId: Buffer,
  row: PlacedRow,
  suspects: number,
  placement: Placement,
): PlacementExplanation {
  const pool = placement.pool(row.pool)
  const { target } = planRow({ dataId, row, suspects }, placement)
  const pg = placement.groupOf(pool, dataId)
  const set = placement.setOf(pool, dataId)
  const fates = chunkFates(row, set, placement)
  return {
    pool: summary(pool),
    targetPool: summary(target),
    deviceClass: pool.deviceClass,
    failureDomain: pool.failureDomain,
    pg,
    x: crushInput(pool, pg),
    set,
    chunks: row.chunks.map((location, chunk) => {
      const facts = { location, chunk, fate: fates[chunk] as ChunkFate, isSuspected: isSuspect(suspects, chunk) }
      return explainChunk(facts, { dataId, pool, set, placement })
    }),
  }
}

function summary({ id, k, m }: Pool): ExplainedPool {
  return { pool: id, k, m }
}

interface ChunkFacts {
  readonly location: ChunkLocation
  readonly chunk: number
  readonly fate: ChunkFate
  readonly isSuspected: boolean
}

interface ChunkContext {
  readonly dataId: Buffer
  readonly pool: Pool
  readonly set: readonly number[]
  readonly placement: Placement
}

function explainChunk(facts: ChunkFacts, context: ChunkContext): ChunkExplanation {
  const { location, chunk, fate } = facts
  const { dataId, pool } = context
  const place = chunkPlace({ dataId, chunk, location })
  const isThere = place !== undefined && fate.kind === 'fine'
  return {
    chunk,
    role: pool.k === 1 ? 'copy' : chunk < pool.k ? 'data' : 'coding',
    at:
      place === undefined
        ? null
        : {
            drive: place.device,
            file: place.path,
            offsetBytes: place.isInSegment ? place.begin : null,
          },
    belongsOn: isThere ? place.device : fate.kind === 'fine' ? null : (fate.to ?? null),
    ...stateOf(facts, context),
  }
}

function stateOf(
  { location, fate, isSuspected }: ChunkFacts,
  { set, placement }: ChunkContext,
): Pick<ChunkExplanation, 'state' | 'why'> {
  const goesTo =
    fate.kind === 'fine' || fate.to === undefined ? 'no drive is free for it' : `it goes to drive ${fate.to}`
  if (location.kind === 'missing') return { state: 'missing', why: `it was not written, or was bad; ${goesTo}` }
  const device = placement.device(location.device)
  if (device === undefined) return { state: 'missing', why: `drive ${location.device} was taken out; ${goesTo}` }
  const position = set.indexOf(location.device)
  const chosen = `CRUSH chose drive ${location.device} as number ${position + 1} of ${set.length}`
  if (!device.isUp) {
    const awaited = fate.kind === 'fine' ? 'its chunks wait for it' : goesTo
    return { state: 'drive down', why: `drive ${location.device} is down; ${awaited}` }
  }
  if (isSuspected) return { state: 'suspect', why: 'it could not be read as it was written, and is to be looked at' }
  if (fate.kind === 'fine' && position >= 0) return { state: 'fine', why: chosen }
  if (fate.kind === 'fine')
    return { state: 'misplaced', why: `drive ${location.device} is not of the set; ${goesTo} now` }
  const reason = position >= 0 ? 'another chunk of it is there' : `CRUSH did not choose drive ${location.device}`
  return { state: 'misplaced', why: `${reason}; ${goesTo}` }
}
