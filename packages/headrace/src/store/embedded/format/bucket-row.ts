import type { CannedAcl } from '@headrace/s3'
import { ByteReader, ByteWriter } from '../../../core/bytes.ts'
import { aclCode, aclName, requireVersion } from './codes.ts'

const formatVersion = 1

export interface BucketRow {
  /** Stands for the bucket in the keys of the index; never used again. */
  readonly id: number
  readonly createdMs: number
  readonly ownerId: string
  readonly ownerName: string
  readonly location: string
  readonly acl: CannedAcl
}

export function encodeBucketRow(row: BucketRow): Buffer {
  const writer = new ByteWriter(128)
  writer
    .u8(formatVersion)
    .u32(row.id)
    .u64(row.createdMs)
    .text(row.ownerId)
    .text(row.ownerName)
    .text(row.location)
    .u8(aclCode(row.acl))
  return writer.finish()
}

export function decodeBucketRow(bytes: Buffer): BucketRow {
  const reader = new ByteReader(bytes)
  requireVersion(reader.u8(), formatVersion, 'a bucket row of the index')
  return {
    id: reader.u32(),
    createdMs: reader.u64(),
    ownerId: reader.text(),
    ownerName: reader.text(),
    location: reader.text(),
    acl: aclName(reader.u8()),
  }
}
