import type { CannedAcl, UploadChecksum } from '@headrace/s3'
import { ByteReader, ByteWriter } from '../../../core/bytes.ts'
import { aclCode, aclName, checksumCode, checksumKind, requireVersion } from './codes.ts'
import { type Described, readDescribed, writeDescribed } from './content.ts'

const formatVersion = 1

/** A multipart upload that is under way. */
export interface UploadRow extends Described {
  readonly initiatedMs: number
  readonly checksum: UploadChecksum | undefined
  readonly acl: CannedAcl
}

export function encodeUploadRow(row: UploadRow): Buffer {
  const writer = new ByteWriter(256)
  writer.u8(formatVersion).u64(row.initiatedMs).u8(checksumCode(row.checksum)).u8(aclCode(row.acl))
  writeDescribed(writer, row)
  return writer.finish()
}

export function decodeUploadRow(bytes: Buffer): UploadRow {
  const reader = new ByteReader(bytes)
  requireVersion(reader.u8(), formatVersion, 'an upload row of the index')
  const initiatedMs = reader.u64()
  const checksum = checksumKind(reader.u8())
  const acl = aclName(reader.u8())
  return { initiatedMs, checksum, acl, ...readDescribed(reader) }
}
