import { ByteReader, ByteWriter } from '../../../core/bytes.ts'
import { type ChecksumKind, checksumCode, checksumKind, requireVersion } from './codes.ts'

const formatVersion = 1

/** What is remembered of an upload after its completion, so that a repeated completion gives the same answer. */
export interface CompletedRow {
  readonly bucketId: number
  readonly key: string
  readonly completedMs: number
  readonly md5: Buffer
  readonly partsCount: number
  readonly checksum: { readonly kind: ChecksumKind; readonly bytes: Buffer } | undefined
}

export function encodeCompletedRow(row: CompletedRow): Buffer {
  const writer = new ByteWriter(128)
  writer.u8(formatVersion).u32(row.bucketId).text(row.key).u64(row.completedMs).raw(row.md5).u16(row.partsCount)
  writer.u8(checksumCode(row.checksum?.kind)).bytes(row.checksum?.bytes ?? Buffer.alloc(0))
  return writer.finish()
}

export function decodeCompletedRow(bytes: Buffer): CompletedRow {
  const reader = new ByteReader(bytes)
  requireVersion(reader.u8(), formatVersion, 'a completed upload of the index')
  const bucketId = reader.u32()
  const key = reader.text()
  const completedMs = reader.u64()
  const md5 = reader.raw(16)
  const partsCount = reader.u16()
  const kind = checksumKind(reader.u8())
  const checksumBytes = reader.bytes()
  return { bucketId, key, completedMs, md5, partsCount, checksum: kind && { kind, bytes: checksumBytes } }
}
