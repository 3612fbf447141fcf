import type { UploadChecksum } from '@headrace/s3'
import { ByteReader, ByteWriter } from '../../../core/bytes.ts'
import { checksumCode, checksumKind, requireVersion } from './codes.ts'
import { type Described, readDescribed, writeDescribed } from './content.ts'

const formatVersion = 1

/** A multipart upload that is under way. */
export interface UploadRow extends Described {
  readonly initiatedMs: number
  readonly checksum: UploadChecksum | undefined
}

export function encodeUploadRow(row: UploadRow): Buffer {
  const writer = new ByteWriter(256)
  writer.u8(formatVersion).u64(row.initiatedMs).u8(checksumCode(row.checksum))
  writeDescribed(writer, row)
  return writer.finish()
}

export function decodeUploadRow(bytes: Buffer): UploadRow {
  const reader = new ByteReader(bytes)
  requireVersion(reader.u8(), formatVersion, 'an upload row of the index')
  const initiatedMs = reader.u64()
  const checksum = checksumKind(reader.u8())
  return { initiatedMs, checksum, ...readDescribed(reader) }
}
