import type { CannedAcl, Checksum, StorageClass } from '@headrace/s3'
import { ByteReader, ByteWriter } from '../../../core/bytes.ts'
import { idBytes } from '../../../core/ids.ts'
import {
  aclCode,
  aclName,
  type ChecksumKind,
  checksumCode,
  checksumKind,
  requireVersion,
  storageClassCode,
  storageClassName,
} from './codes.ts'

/**
 * An entry is one version of one key. Its head has fixed offsets, so that a listing reads what it shows and passes over
 * the rest:
 *
 *      0 u8   format version             42 u16  number of parts, 0 when written at once
 *      1 u8   flags                      44 u8   storage class
 *      2 u64  commitSeq                  45 u8   kind of checksum
 *     10 u64  last modified, ms          46 u8   number of tags
 *     18 u64  size, bytes                47 u8   canned ACL
 *     26 16   MD5                        48 16   writeId
 *
 * Behind it come byte strings, each with its length: raw checksum, version id, encryption and lock (these three empty
 * until used), and the details, or the id under which they are kept apart.
 */
const formatVersion = 1
const at = {
  commitSeq: 2,
  lastModified: 10,
  size: 18,
  md5: 26,
  partsCount: 42,
  storageClass: 44,
  checksum: 45,
} as const
const detailsApart = 1

/** Entries above this size keep their details apart, so that a scan of entries stays dense. */
export const entryBytesMax = 1024

export interface Entry {
  /** Given by the keeper; orders the versions of a key. */
  readonly commitSeq: number
  readonly lastModifiedMs: number
  readonly sizeBytes: number
  /** 16 bytes: the ETag, or its first half when there are parts. */
  readonly md5: Uint8Array
  /** 0 for an object that was written at once. */
  readonly partsCount: number
  readonly tagCount: number
  readonly storageClass: StorageClass
  readonly acl: CannedAcl
  readonly checksum: { readonly kind: ChecksumKind; readonly bytes: Uint8Array } | undefined
  /** 16 bytes: names the write that made this entry, so that a commit that is sent twice is known again. */
  readonly writeId: Buffer
  /** Encoded details, or the id of those kept apart. */
  readonly details: { readonly inline: Buffer } | { readonly id: Buffer }
}

const nothing = Buffer.alloc(0)

export function encodeEntry(entry: Entry): Buffer {
  const { details, checksum } = entry
  const writer = new ByteWriter(512)
  writer.u8(formatVersion).u8('id' in details ? detailsApart : 0)
  writer.u64(entry.commitSeq).u64(entry.lastModifiedMs).u64(entry.sizeBytes).raw(entry.md5)
  writer.u16(entry.partsCount).u8(storageClassCode(entry.storageClass)).u8(checksumCode(checksum?.kind))
  writer.u8(entry.tagCount).u8(aclCode(entry.acl)).raw(entry.writeId)
  writer
    .bytes(checksum?.bytes ?? nothing)
    .bytes(nothing)
    .bytes(nothing)
    .bytes(nothing)
  writer.bytes('id' in details ? details.id : details.inline)
  return writer.finish()
}

export function decodeEntry(bytes: Buffer): Entry {
  const reader = new ByteReader(bytes)
  requireVersion(reader.u8(), formatVersion, 'an entry of the index')
  const flags = reader.u8()
  const commitSeq = reader.u64()
  const lastModifiedMs = reader.u64()
  const sizeBytes = reader.u64()
  const md5 = reader.raw(16)
  const partsCount = reader.u16()
  const storageClass = storageClassName(reader.u8())
  const kind = checksumKind(reader.u8())
  const tagCount = reader.u8()
  const acl = aclName(reader.u8())
  const writeId = reader.raw(idBytes)
  const checksumBytes = reader.bytes()
  for (let skipped = 0; skipped < 3; skipped += 1) reader.bytes()
  const details = reader.bytes()
  return {
    commitSeq,
    lastModifiedMs,
    sizeBytes,
    md5,
    partsCount,
    tagCount,
    storageClass,
    acl,
    checksum: kind && { kind, bytes: checksumBytes },
    writeId,
    details: (flags & detailsApart) === 0 ? { inline: details } : { id: details },
  }
}

/** Gives an encoded entry its place in the order of commits. */
export function stampEntry(bytes: Buffer, commitSeq: number): void {
  bytes.writeUInt32LE(commitSeq % 0x1_0000_0000, at.commitSeq)
  bytes.writeUInt32LE(Math.floor(commitSeq / 0x1_0000_0000), at.commitSeq + 4)
}

/** What a listing shows of an entry. */
export interface ListedEntry {
  readonly sizeBytes: number
  readonly etag: string
  readonly lastModifiedMs: number
  readonly storageClass: StorageClass
  readonly checksum: ChecksumKind | undefined
}

/** Reads what a listing shows, from the head alone. */
export function decodeListedEntry(bytes: Buffer): ListedEntry {
  requireVersion(bytes[0] as number, formatVersion, 'an entry of the index')
  return {
    sizeBytes: readU64(bytes, at.size),
    etag: etagOf(bytes.subarray(at.md5, at.md5 + 16), bytes.readUInt16LE(at.partsCount)),
    lastModifiedMs: readU64(bytes, at.lastModified),
    storageClass: storageClassName(bytes[at.storageClass] as number),
    checksum: checksumKind(bytes[at.checksum] as number),
  }
}

function readU64(bytes: Buffer, offset: number): number {
  return bytes.readUInt32LE(offset + 4) * 0x1_0000_0000 + bytes.readUInt32LE(offset)
}

/** The ETag of an entry: MD5 in hexadecimal, and the number of parts when there are parts. */
export function etagOf(md5: Uint8Array, partsCount: number): string {
  const hex = Buffer.from(md5.buffer, md5.byteOffset, md5.byteLength).toString('hex')
  return partsCount === 0 ? hex : `${hex}-${partsCount}`
}

/** The checksum of an entry as S3 shows it. */
export function checksumOfEntry({
  checksum,
  partsCount,
}: Pick<Entry, 'checksum' | 'partsCount'>): Checksum | undefined {
  if (checksum === undefined) return undefined
  const { algorithm, type } = checksum.kind
  const value = Buffer.from(checksum.bytes).toString('base64')
  return { algorithm, type, value: type === 'COMPOSITE' ? `${value}-${partsCount}` : value }
}
