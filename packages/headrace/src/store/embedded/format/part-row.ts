import { ByteReader, ByteWriter } from '../../../core/bytes.ts'
import type { ChecksumKind } from './codes.ts'
import { checksumCode, checksumKind, requireVersion } from './codes.ts'
import { type Extent, readExtents, writeExtents } from './details.ts'

const formatVersion = 1

/** A part of a multipart upload that is under way. */
export interface PartRow {
  readonly sizeBytes: number
  readonly lastModifiedMs: number
  /** 16 bytes. */
  readonly md5: Buffer
  readonly checksum: { readonly algorithm: ChecksumKind['algorithm']; readonly bytes: Buffer } | undefined
  readonly extents: readonly Extent[]
}

export function encodePartRow(row: PartRow): Buffer {
  const { checksum } = row
  const writer = new ByteWriter(128)
  writer.u8(formatVersion).u64(row.sizeBytes).u64(row.lastModifiedMs).raw(row.md5)
  writer.u8(checksumCode(checksum && { algorithm: checksum.algorithm, type: 'FULL_OBJECT' }))
  writer.bytes(checksum?.bytes ?? Buffer.alloc(0))
  writeExtents(writer, row.extents)
  return writer.finish()
}

export function decodePartRow(bytes: Buffer): PartRow {
  const reader = new ByteReader(bytes)
  requireVersion(reader.u8(), formatVersion, 'a part row of the index')
  const sizeBytes = reader.u64()
  const lastModifiedMs = reader.u64()
  const md5 = reader.raw(16)
  const kind = checksumKind(reader.u8())
  const checksumBytes = reader.bytes()
  const extents = readExtents(reader)
  return {
    sizeBytes,
    lastModifiedMs,
    md5,
    checksum: kind && { algorithm: kind.algorithm, bytes: checksumBytes },
    extents,
  }
}
