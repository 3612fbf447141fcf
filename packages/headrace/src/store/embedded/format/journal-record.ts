import { ByteReader, ByteWriter, FormatError } from '../../../core/bytes.ts'
import { databaseNumber, databaseOfNumber } from '../index/databases.ts'
import type { IndexWrite } from '../index/index.ts'
import { crc32c } from './checksum.ts'
import { requireVersion } from './codes.ts'

const formatVersion = 1
const magic = 0x314a5248 // "HRJ1"

/**
 * One record of the journal is one batch: what it writes to the index, word for word. Reading it again needs none of the
 * rules by which it came about, so rules may change.
 *
 *     u32 magic · u8 version · u8 0 · u16 0 · u32 size of the body · u64 first and last commitSeq · u32 term
 *     · u32 CRC-32C of all before and of the body · body
 */
export interface JournalRecord {
  readonly firstSeq: number
  readonly lastSeq: number
  /** Of the opening of the store that wrote it. */
  readonly term: number
  readonly writes: readonly IndexWrite[]
}

export const journalHeaderBytes = 36
const checksumAt = 32

/**
 * @param writer gives its memory, if one record after the other is written
 * @returns header and body; a view of the writer's memory
 */
export function encodeJournalRecord(record: JournalRecord, writer = new ByteWriter(4096)): Buffer {
  writer.restart()
  writer.u32(magic).u8(formatVersion).u8(0).u16(0).u32(0)
  writer.u64(record.firstSeq).u64(record.lastSeq).u32(record.term).u32(0)
  writer.varint(record.writes.length)
  for (const { database, key, value } of record.writes) {
    writer.u8(databaseNumber(database)).bytes(key)
    if (value === undefined) writer.u8(0)
    else writer.u8(1).bytes(value)
  }
  const bytes = writer.finish()
  bytes.writeUInt32LE(bytes.length - journalHeaderBytes, 8)
  bytes.writeUInt32LE(recordChecksum(bytes), checksumAt)
  return bytes
}

function recordChecksum(bytes: Buffer): number {
  return crc32c(bytes.subarray(journalHeaderBytes), crc32c(bytes.subarray(0, checksumAt)))
}

/** Size of the whole record, from its header; undefined when these bytes are not the header of one. */
export function journalRecordBytes(header: Buffer): number | undefined {
  if (header.length < journalHeaderBytes || header.readUInt32LE(0) !== magic) return undefined
  return journalHeaderBytes + header.readUInt32LE(8)
}

/** @throws FormatError when it is not a whole record, as it was written */
export function decodeJournalRecord(bytes: Buffer): JournalRecord {
  if (journalRecordBytes(bytes) !== bytes.length) throw new FormatError('this is not a record of the journal')
  if (recordChecksum(bytes) !== bytes.readUInt32LE(checksumAt)) {
    throw new FormatError('a record of the journal does not match its checksum')
  }
  const reader = new ByteReader(bytes, 4)
  requireVersion(reader.u8(), formatVersion, 'a record of the journal')
  reader.raw(7)
  const firstSeq = reader.u64()
  const lastSeq = reader.u64()
  const term = reader.u32()
  reader.u32()
  const writes: IndexWrite[] = []
  for (let count = reader.varint(); count > 0; count -= 1) {
    const database = databaseOfNumber(reader.u8())
    const key = reader.bytes()
    writes.push({ database, key, value: reader.u8() === 0 ? undefined : reader.bytes() })
  }
  return { firstSeq, lastSeq, term, writes }
}
