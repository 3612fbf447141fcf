import type { ChunkSource } from '../data/chunk-reader.ts'
import type { ChunkLocation, DataRow } from '../format/data-row.ts'
import type { Pool } from '../placement/store-map.ts'

/** A data whose bytes are in chunks on drives, and where these are. */
export interface StoredData {
  readonly dataId: Buffer
  readonly pool: Pick<Pool, 'k' | 'm'>
  readonly lengthBytes: number
  /** By chunk number. */
  readonly chunks: readonly ChunkLocation[]
}

export function storedData(dataId: Buffer, { lengthBytes, chunks }: DataRow, pool: Pick<Pool, 'k' | 'm'>): StoredData {
  // What is in the index is read from there; a row without chunks has nothing that could be read here.
  return { dataId, pool, lengthBytes, chunks: chunks === 'inline' ? [] : chunks }
}

export function chunkOf(data: StoredData, chunk: number): ChunkSource {
  const { dataId, pool, lengthBytes, chunks } = data
  return { dataId, chunk, pool, lengthBytes, location: chunks[chunk] ?? { kind: 'missing' } }
}
