import type { Drive, DriveFile } from '../drive/drive.ts'
import { type JournalRecord, journalHeaderBytes, journalRecordBytes } from '../format/journal-record.ts'
import { decodeIfValid, type JournalFile, listWritten, requireNext } from './journal.ts'

/**
 * Reads the records of a journal that may be appended to at the same time, and leaves it as it is. What is being written
 * ends it: who wants to go on from there calls again.
 * @param afterSeq records up to this one are passed over
 * @throws JournalDamagedError when a record behind `afterSeq` cannot be read, or is missing, and others follow it
 */
export async function* readJournal(drive: Drive, afterSeq: number): AsyncGenerator<JournalRecord, void, undefined> {
  const files = await listWritten(drive)
  let lastSeq = afterSeq
  for (const [index, file] of files.entries()) {
    const next = files[index + 1]
    if (next !== undefined && next.firstSeq <= lastSeq + 1) continue
    for await (const { record, at } of recordsOf(drive, file)) {
      requireNext(record, lastSeq, `${drive.name}/${file.path}`, at)
      if (record.lastSeq <= lastSeq) continue
      lastSeq = record.lastSeq
      yield record
    }
  }
}

interface PlacedRecord {
  readonly record: JournalRecord
  readonly at: number
}

/** Records from the beginning of a file up to the first that cannot be read. */
async function* recordsOf(drive: Drive, { path, term }: JournalFile): AsyncGenerator<PlacedRecord, void, undefined> {
  const file = await drive.open(path, 'read')
  try {
    for (let at = 0; ; ) {
      const size = journalRecordBytes(await readAt(file, at, journalHeaderBytes))
      const bytes = size === undefined ? undefined : await readAt(file, at, size)
      const record = bytes !== undefined && bytes.length === size ? decodeIfValid(bytes, term) : undefined
      if (record === undefined) return
      yield { record, at }
      at += size as number
    }
  } finally {
    await file.close()
  }
}

async function readAt(file: DriveFile, at: number, length: number): Promise<Buffer> {
  const left = Math.max(0, (await file.size()) - at)
  const bytes = Buffer.allocUnsafe(Math.min(length, left))
  return bytes.subarray(0, await file.read([bytes], at))
}

/**
 * Looks through a damaged journal for the records that are whole.
 * @param afterSeq earlier records are of no interest
 * @returns those that follow `afterSeq` without a gap, and the last commit of any
 */
export async function salvageJournal(
  drive: Drive,
  afterSeq: number,
): Promise<{ records: JournalRecord[]; newestSeq: number }> {
  const records: JournalRecord[] = []
  let newestSeq = 0
  const files = await listWritten(drive)
  for (const [index, file] of files.entries()) {
    const next = files[index + 1]
    if (next !== undefined && next.firstSeq <= afterSeq + 1) continue
    for await (const record of wholeRecordsOf(drive, file)) {
      newestSeq = Math.max(newestSeq, record.lastSeq)
      if (record.firstSeq === (records.at(-1)?.lastSeq ?? afterSeq) + 1) records.push(record)
    }
  }
  return { records, newestSeq }
}

async function* wholeRecordsOf(
  drive: Drive,
  { path, term, sizeBytes }: JournalFile,
): AsyncGenerator<JournalRecord, void, undefined> {
  const file = await drive.open(path, 'read')
  try {
    const bytes = await readAt(file, 0, sizeBytes)
    const magic = Buffer.from('HRJ1')
    for (let at = bytes.indexOf(magic); at >= 0; ) {
      const size = journalRecordBytes(bytes.subarray(at, at + journalHeaderBytes))
      const isWhole = size !== undefined && at + size <= bytes.length
      const record = isWhole ? decodeIfValid(bytes.subarray(at, at + size), term) : undefined
      if (record !== undefined) yield record
      at = bytes.indexOf(magic, record === undefined ? at + 1 : at + (size as number))
    }
  } finally {
    await file.close()
  }
}
