import type { ChunkSource } from '../store/embedded/data/chunk-reader.ts'
import { chunkPath, segmentPath } from '../store/embedded/data/paths.ts'
import { chunkFileHeaderBytes } from '../store/embedded/format/chunk-header.ts'

/** Where the record of a chunk is on its drive. */
export interface ChunkPlace {
  readonly device: number
  readonly path: string
  /** Where its header begins. */
  readonly begin: number
  readonly headerBytes: number
  /** In a segment others stand before and behind it. */
  readonly isInSegment: boolean
}

/** @returns undefined for a missing chunk */
export function chunkPlace({
  dataId,
  chunk,
  location,
}: Pick<ChunkSource, 'dataId' | 'chunk' | 'location'>): ChunkPlace | undefined {
  if (location.kind === 'missing') return undefined
  const { device } = location
  if (location.kind === 'file') {
    const path = chunkPath({ dataId, chunk, ...location })
    return { device, path, begin: 0, headerBytes: chunkFileHeaderBytes, isInSegment: false }
  }
  const { segment, offset, headerBytes } = location
  return { device, path: segmentPath(segment), begin: offset, headerBytes, isInSegment: true }
}
