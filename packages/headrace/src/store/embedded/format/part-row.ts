import { ByteReader, ByteWriter } from '../../../core/bytes.ts'
import type { ChecksumKind } from './codes.ts'
import { checksumCode, checksumKind, requireVersion } from './codes.ts'
import { type Extent, readExtents, writeExtents } from './details.ts'

const formatVersion = 1

/** A part of a multipart upload that is under way. */
export interface PartRow {
  readonly sizeBytes: number
  readonly lastModifiedMs: number
  /** 16 bytes: the MD5 of the part, or what stands for it. */
  readonly md5: Buffer
  /** False for a copied range, whose bytes nobody has read: then `md5` only names them. */
  readonly isHashed: boolean
  readonly checksum: { readonly algorithm: ChecksumKind['algorithm']; readonly bytes: Buffer } | undefined
  readonly extents: readonly Extent[]
}

export function encodePartRow(row: PartRow): Buffer {
  const { checksum } = row
  const writer = new ByteWriter(128)
  writer
    .u8(formatVersion)
    .u64(row.sizeBytes)
    .u64(row.lastModifiedMs)
    .raw(row.md5)
    .u8(row.isHashed ? 1 : 0)
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
  const isHashed = reader.u8() === 1
  const kind = checksumKind(reader.u8())
  const checksumBytes = reader.bytes()
  const extents = readExtents(reader)
  return {
    sizeBytes,
    lastModifiedMs,
    md5,
    isHashed,
    checksum: kind && { algorithm: kind.algorithm, bytes: checksumBytes },
    extents,
  }
}

/** The ETag of a part. One that is no MD5 does not look like one: some clients compare what looks like one. */
export function etagOfPart({ md5, isHashed }: Pick<PartRow, 'md5' | 'isHashed'>): string {
  return isHashed ? md5.toString('hex') : `${md5.toString('hex')}-1`
}
