import { ByteReader, ByteWriter } from '../../../core/bytes.ts'
import { requireVersion } from './codes.ts'

const formatVersion = 1

/** What a bucket holds. */
export interface Usage {
  readonly objects: number
  readonly bytes: number
}

export function encodeUsage({ objects, bytes }: Usage): Buffer {
  return new ByteWriter(32).u8(formatVersion).u64(objects).u64(bytes).finish()
}

export function decodeUsage(bytes: Buffer): Usage {
  const reader = new ByteReader(bytes)
  requireVersion(reader.u8(), formatVersion, 'the usage of a bucket')
  return { objects: reader.u64(), bytes: reader.u64() }
}

/** What of a segment is in use. */
export interface SegmentRow {
  readonly liveRecords: number
  readonly liveBytes: number
  /** Size of the file once nobody appends to it any more; 0 while somebody may. */
  readonly sealedBytes: number
}

export function encodeSegmentRow({ liveRecords, liveBytes, sealedBytes }: SegmentRow): Buffer {
  return new ByteWriter(32).u8(formatVersion).u64(liveRecords).u64(liveBytes).u64(sealedBytes).finish()
}

export function decodeSegmentRow(bytes: Buffer): SegmentRow {
  const reader = new ByteReader(bytes)
  requireVersion(reader.u8(), formatVersion, 'a segment row of the index')
  return { liveRecords: reader.u64(), liveBytes: reader.u64(), sealedBytes: reader.u64() }
}

/** A writing process of the store: a gateway, or the keeper itself. */
export interface SessionRow {
  readonly processId: number
  readonly startedMs: number
}

export function encodeSession({ processId, startedMs }: SessionRow): Buffer {
  return new ByteWriter(32).u8(formatVersion).u32(processId).u64(startedMs).finish()
}

export function decodeSession(bytes: Buffer): SessionRow {
  const reader = new ByteReader(bytes)
  requireVersion(reader.u8(), formatVersion, 'a session of the index')
  return { processId: reader.u32(), startedMs: reader.u64() }
}

/** A single whole number, such as the sequence number of the last commit. */
export function encodeNumber(value: number): Buffer {
  return new ByteWriter(16).u8(formatVersion).u64(value).finish()
}

export function decodeNumber(bytes: Buffer): number {
  const reader = new ByteReader(bytes)
  requireVersion(reader.u8(), formatVersion, 'a number of the index')
  return reader.u64()
}
