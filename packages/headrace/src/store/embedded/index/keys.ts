import type { SegmentId } from '../format/data-row.ts'

/** Keys of the database `meta`. */
export const metaKeys = {
  /** Sequence number of the last commit that the index has. */
  commitSeq: Buffer.from('commitSeq'),
  nextBucketId: Buffer.from('nextBucketId'),
  nextSession: Buffer.from('nextSession'),
} as const

/** In `meta`: what a background worker keeps over a restart. */
export function stateKey(name: string): Buffer {
  return Buffer.from(`state ${name}`)
}

const bucketIdBytes = 4
const seqBytes = 8

/** Numbers in keys are big-endian, so that they sort. */
export function bucketIdKey(bucketId: number): Buffer {
  const key = Buffer.allocUnsafe(bucketIdBytes)
  key.writeUInt32BE(bucketId)
  return key
}

/** The place before all versions (or uploads) of a key: `bucketId · key · 0x00`. */
export function versionsKey(bucketId: number, key: string): Buffer {
  const sizeBytes = Buffer.byteLength(key)
  const bytes = Buffer.allocUnsafe(bucketIdBytes + sizeBytes + 1)
  bytes.writeUInt32BE(bucketId)
  bytes.write(key, bucketIdBytes)
  bytes[bucketIdBytes + sizeBytes] = 0
  return bytes
}

/** The place behind all versions of a key, given the place before them. */
export function behindVersions(versions: Buffer): Buffer {
  const bytes = Buffer.from(versions)
  bytes[bytes.length - 1] = 1
  return bytes
}

/** `bucketId · key · 0x00 · ~commitSeq`: the complement puts the newest first. */
export function entryKey(bucketId: number, key: string, commitSeq: number): Buffer {
  const seq = Buffer.allocUnsafe(seqBytes)
  seq.writeBigUInt64BE(0xffff_ffff_ffff_ffffn - BigInt(commitSeq))
  return Buffer.concat([versionsKey(bucketId, key), seq])
}

/** The name inside an entry's key: a view. */
export function nameOfEntryKey(key: Buffer): Buffer {
  return key.subarray(bucketIdBytes, key.length - seqBytes - 1)
}

/** Upload ids are kept as the text that clients see. */
export function uploadKey(bucketId: number, key: string, uploadId: string): Buffer {
  return Buffer.concat([versionsKey(bucketId, key), Buffer.from(uploadId)])
}

const uploadIdCharacters = 32

export function nameOfUploadKey(key: Buffer): Buffer {
  return key.subarray(bucketIdBytes, key.length - uploadIdCharacters - 1)
}

export function uploadIdOfUploadKey(key: Buffer): string {
  return key.toString('latin1', key.length - uploadIdCharacters)
}

/** Whether a text could be one of our upload ids at all. */
export function isUploadId(text: string): boolean {
  return /^[0-9a-f]{32}$/.test(text)
}

export function partKey(uploadId: string, partNumber: number): Buffer {
  const key = Buffer.allocUnsafe(18)
  key.write(uploadId, 'hex')
  key.writeUInt16BE(partNumber, 16)
  return key
}

export function partNumberOfKey(key: Buffer): number {
  return key.readUInt16BE(16)
}

/** All parts of an upload lie from the first key up to the second. */
export function partsRange(uploadId: string): { from: Buffer; to: Buffer } {
  return { from: partKey(uploadId, 0), to: partKey(uploadId, 0xffff) }
}

/** `commitSeq · dataId`: the oldest first. */
export function trashKey(commitSeq: number, dataId: Buffer): Buffer {
  const seq = Buffer.allocUnsafe(seqBytes)
  seq.writeBigUInt64BE(BigInt(commitSeq))
  return Buffer.concat([seq, dataId])
}

export function seqOfTrashKey(key: Buffer): number {
  return Number(key.readBigUInt64BE(0))
}

export function dataIdOfTrashKey(key: Buffer): Buffer {
  return key.subarray(seqBytes)
}

export function segmentKey(device: number, { session, number }: SegmentId): Buffer {
  const key = Buffer.allocUnsafe(10)
  key.writeUInt16BE(device, 0)
  key.writeUInt32BE(session, 2)
  key.writeUInt32BE(number, 6)
  return key
}

export function segmentOfKey(key: Buffer): { device: number; segment: SegmentId } {
  return { device: key.readUInt16BE(0), segment: { session: key.readUInt32BE(2), number: key.readUInt32BE(6) } }
}

export function sessionKey(session: number): Buffer {
  return bucketIdKey(session)
}

export function sessionOfKey(key: Buffer): number {
  return key.readUInt32BE(0)
}
