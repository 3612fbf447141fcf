import { ByteReader, ByteWriter } from '../../../core/bytes.ts'
import { requireVersion } from './codes.ts'

const formatVersion = 1

/** Where one chunk of a data is. */
export type ChunkLocation =
  | { readonly kind: 'missing' }
  /** A file of its own: its name follows from the data's id, the session that wrote it, the serial and the chunk's number. */
  | { readonly kind: 'file'; readonly device: number; readonly session: number; readonly serial: number }
  /** A record in a segment. */
  | {
      readonly kind: 'segment'
      readonly device: number
      readonly segment: SegmentId
      /** Where the record begins, in bytes from the beginning of the segment. */
      readonly offset: number
      /** Its header, then its blocks. */
      readonly headerBytes: number
      readonly recordBytes: number
    }

export type SegmentLocation = ChunkLocation & { readonly kind: 'segment' }

/**
 * What writes a chunk a second time, to heal or to move it, counts its files: a place that a chunk comes back to is then
 * another one than the place it was thrown away from.
 */
export const firstSerial = 0

/** Segments are counted by each session that writes them. */
export interface SegmentId {
  readonly session: number
  readonly number: number
}

/** The data row of a dataId: how often it is used, and where its chunks are. Reads follow it. */
export interface DataRow {
  /** How many extents of entries and parts use it. */
  readonly references: number
  readonly pool: number
  readonly lengthBytes: number
  /** By chunk number; `inline` when the bytes are in the index itself. */
  readonly chunks: 'inline' | readonly ChunkLocation[]
}

const code = { inline: 0xff, missing: 0, file: 1, segment: 2, copiedFile: 3 } as const

function codeOf(chunk: ChunkLocation): number {
  return chunk.kind === 'file' && chunk.serial !== firstSerial ? code.copiedFile : code[chunk.kind]
}

export function encodeDataRow(row: DataRow): Buffer {
  const writer = new ByteWriter(64)
  writer.u8(formatVersion).u32(row.references).u16(row.pool).u64(row.lengthBytes)
  if (row.chunks === 'inline') return writer.u8(code.inline).finish()
  writer.u8(row.chunks.length)
  for (const chunk of row.chunks) {
    const kind = codeOf(chunk)
    writer.u8(kind)
    if (chunk.kind === 'file') writer.u16(chunk.device).u32(chunk.session)
    if (chunk.kind === 'file' && kind === code.copiedFile) writer.u32(chunk.serial)
    if (chunk.kind === 'segment') {
      writer.u16(chunk.device).u32(chunk.segment.session).u32(chunk.segment.number)
      writer.u32(chunk.offset).u16(chunk.headerBytes).u32(chunk.recordBytes)
    }
  }
  return writer.finish()
}

export function decodeDataRow(bytes: Buffer): DataRow {
  const reader = new ByteReader(bytes)
  requireVersion(reader.u8(), formatVersion, 'a data row of the index')
  const references = reader.u32()
  const pool = reader.u16()
  const lengthBytes = reader.u64()
  const count = reader.u8()
  if (count === code.inline) return { references, pool, lengthBytes, chunks: 'inline' }
  const chunks = Array.from({ length: count }, () => readLocation(reader))
  return { references, pool, lengthBytes, chunks }
}

function readLocation(reader: ByteReader): ChunkLocation {
  const kind = reader.u8()
  if (kind === code.missing) return { kind: 'missing' }
  if (kind === code.file || kind === code.copiedFile) {
    const place = { device: reader.u16(), session: reader.u32() }
    return { kind: 'file', ...place, serial: kind === code.copiedFile ? reader.u32() : firstSerial }
  }
  return {
    kind: 'segment',
    device: reader.u16(),
    segment: { session: reader.u32(), number: reader.u32() },
    offset: reader.u32(),
    headerBytes: reader.u16(),
    recordBytes: reader.u32(),
  }
}

/** Whether two locations are the same place of the same drive. Nothing is missing twice. */
export function sameLocation(a: ChunkLocation, b: ChunkLocation): boolean {
  if (a.kind === 'file' && b.kind === 'file') {
    return a.device === b.device && a.session === b.session && a.serial === b.serial
  }
  if (a.kind !== 'segment' || b.kind !== 'segment') return false
  return a.offset === b.offset && isSameSegment(a, b)
}

/** Whether two records are in the same segment of the same drive. */
export function isSameSegment(a: SegmentLocation, b: SegmentLocation): boolean {
  return a.device === b.device && a.segment.number === b.segment.number && a.segment.session === b.segment.session
}
