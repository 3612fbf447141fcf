import type { CannedAcl, StorageClass, UploadChecksum } from '@headrace/s3'
import { ByteReader, ByteWriter } from '../../../core/bytes.ts'
import {
  aclCode,
  aclName,
  checksumCode,
  checksumKind,
  requireVersion,
  storageClassCode,
  storageClassName,
} from './codes.ts'
import { type Described, readDescribed, writeDescribed } from './content.ts'

/** Version 1 had no storage class: all was STANDARD. */
const formatVersion = 2

/** A multipart upload that is under way. */
export interface UploadRow extends Described {
  readonly initiatedMs: number
  readonly checksum: UploadChecksum | undefined
  readonly acl: CannedAcl
  readonly storageClass: StorageClass
}

export function encodeUploadRow(row: UploadRow): Buffer {
  const writer = new ByteWriter(256)
  writer.u8(formatVersion).u64(row.initiatedMs).u8(checksumCode(row.checksum)).u8(aclCode(row.acl))
  writer.u8(storageClassCode(row.storageClass))
  writeDescribed(writer, row)
  return writer.finish()
}

export function decodeUploadRow(bytes: Buffer): UploadRow {
  const reader = new ByteReader(bytes)
  const version = reader.u8()
  if (version !== 1) requireVersion(version, formatVersion, 'an upload row of the index')
  const initiatedMs = reader.u64()
  const checksum = checksumKind(reader.u8())
  const acl = aclName(reader.u8())
  const storageClass = version === 1 ? 'STANDARD' : storageClassName(reader.u8())
  return { initiatedMs, checksum, acl, storageClass, ...readDescribed(reader) }
}
