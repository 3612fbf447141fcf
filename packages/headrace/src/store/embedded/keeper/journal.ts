import { FormatError } from '../../../core/bytes.ts'
import { folders } from '../data/paths.ts'
import type { Drive, DriveFile } from '../drive/drive.ts'
import { createFile } from '../drive/write-file.ts'
import {
  decodeJournalRecord,
  type JournalRecord,
  journalHeaderBytes,
  journalRecordBytes,
} from '../format/journal-record.ts'

/** A journal file is full at this size. */
const fileBytesMax = 256 * 1024 * 1024

/** The journal is damaged where it must be whole: commits that were acknowledged cannot be read back. */
export class JournalDamagedError extends Error {
  constructor(path: string, offset: number, reason: string) {
    super(
      `The journal ${path} is damaged at byte ${offset}: ${reason}. Commits behind it would be lost, so the store stays ` +
        'closed. Restore the file from a backup, or move it away together with all later ones to open the store as of before.',
    )
    this.name = 'JournalDamagedError'
  }
}

/** What the name of a file says: the first commitSeq in it, and the term of the opening of the store that wrote it. */
interface JournalFile {
  readonly path: string
  readonly firstSeq: number
  readonly term: number
  readonly sizeBytes: number
}

const namePattern = /^([0-9a-f]{16})-([0-9a-f]{8})\.journal$/

function pathOf(firstSeq: number, term: number): string {
  return `${folders.journal}/${firstSeq.toString(16).padStart(16, '0')}-${term.toString(16).padStart(8, '0')}.journal`
}

/** The journal files of a drive, oldest first. */
async function listFiles(drive: Drive): Promise<JournalFile[]> {
  const files: JournalFile[] = []
  for (const name of (await drive.list(folders.journal)).sort()) {
    if (!name.endsWith('.journal')) continue
    const [, firstSeq, term] = namePattern.exec(name) ?? []
    if (firstSeq === undefined || term === undefined) {
      throw new JournalDamagedError(`${drive.name}/${folders.journal}/${name}`, 0, 'its name is not that of a journal')
    }
    const path = `${folders.journal}/${name}`
    const sizeBytes = await sizeOf(drive, path)
    files.push({ path, firstSeq: Number.parseInt(firstSeq, 16), term: Number.parseInt(term, 16), sizeBytes })
  }
  return files
}

/**
 * Files with records in them. One without is of an opening that committed nothing; the next one began with the same
 * commitSeq, and which of the two is older their names do not say.
 */
async function listWritten(drive: Drive): Promise<JournalFile[]> {
  return (await listFiles(drive)).filter(({ sizeBytes }) => sizeBytes > 0)
}

async function sizeOf(drive: Drive, path: string): Promise<number> {
  const file = await drive.open(path, 'read')
  try {
    return await file.size()
  } finally {
    await file.close()
  }
}

/**
 * Reads every record behind a commitSeq, in order. A record that was being written when the process died ends the
 * journal and is taken off; it was never acknowledged.
 * @param afterSeq records up to this one are passed over
 * @throws JournalDamagedError when records behind `afterSeq` are damaged or missing
 */
export async function replayJournal(
  drive: Drive,
  afterSeq: number,
  take: (record: JournalRecord) => void,
): Promise<{ lastSeq: number }> {
  const files = await listWritten(drive)
  let lastSeq = afterSeq
  for (const [index, file] of files.entries()) {
    const next = files[index + 1]
    // Every record of this file is older than the next file's first.
    if (next !== undefined && next.firstSeq <= afterSeq + 1) continue
    lastSeq = await replayFile(drive, file, { lastSeq, isLast: next === undefined }, take)
  }
  return { lastSeq }
}

async function replayFile(
  drive: Drive,
  { path, term }: JournalFile,
  { lastSeq, isLast }: { lastSeq: number; isLast: boolean },
  take: (record: JournalRecord) => void,
): Promise<number> {
  const file = await drive.open(path, 'append')
  try {
    const bytes = Buffer.allocUnsafe(await file.size())
    const length = await readAll(file, bytes)
    for (let at = 0; at < length; ) {
      const size = journalRecordBytes(bytes.subarray(at, Math.min(at + journalHeaderBytes, length)))
      const whole = size !== undefined && at + size <= length ? bytes.subarray(at, at + size) : undefined
      const record = whole && decodeIfValid(whole, term)
      if (record === undefined) {
        if (!isLast || hasRecordBehind(bytes.subarray(0, length), at, term)) {
          throw new JournalDamagedError(`${drive.name}/${path}`, at, 'a record cannot be read, and others follow it')
        }
        await file.truncate(at)
        await file.sync()
        return lastSeq
      }
      if (record.firstSeq > lastSeq + 1) {
        throw new JournalDamagedError(
          `${drive.name}/${path}`,
          at,
          `commits ${lastSeq + 1} to ${record.firstSeq - 1} are missing`,
        )
      }
      if (record.lastSeq > lastSeq) {
        take(record)
        lastSeq = record.lastSeq
      }
      at += size as number
    }
    return lastSeq
  } finally {
    await file.close()
  }
}

async function readAll(file: DriveFile, into: Buffer): Promise<number> {
  let at = 0
  while (at < into.length) {
    const read = await file.read([into.subarray(at, at + 64 * 1024 * 1024)], at)
    if (read === 0) break
    at += read
  }
  return at
}

/** Objects could hold bytes that look like a record; they cannot know the term. */
function decodeIfValid(bytes: Buffer, term: number): JournalRecord | undefined {
  try {
    const record = decodeJournalRecord(bytes)
    return record.term === term ? record : undefined
  } catch (error) {
    if (error instanceof FormatError && !error.message.includes('newer')) return undefined
    throw error
  }
}

/** Whether a whole record stands anywhere behind a damaged one. */
function hasRecordBehind(bytes: Buffer, damagedAt: number, term: number): boolean {
  const magic = bytes.subarray(0, 4)
  for (let at = bytes.indexOf(magic, damagedAt + 1); at >= 0; at = bytes.indexOf(magic, at + 1)) {
    const size = journalRecordBytes(bytes.subarray(at, at + journalHeaderBytes))
    if (size === undefined || at + size > bytes.length) continue
    if (decodeIfValid(bytes.subarray(at, at + size), term) !== undefined) return true
  }
  return false
}

/** Appends batches, and takes away what a snapshot has made needless. */
export class Journal {
  /** Of this opening of the store, a number that nobody can guess: every record of a file bears that of the file. */
  readonly term: number
  readonly #drive: Drive
  readonly #fileBytesMax: number
  #file: DriveFile | undefined
  #fileBytes = 0
  #bytesTotal = 0
  #files = 0

  constructor(drive: Drive, term: number, bytesMax = fileBytesMax) {
    this.#drive = drive
    this.term = term
    this.#fileBytesMax = bytesMax
  }

  /** Bytes appended since this journal was opened or cut. */
  get bytesSinceCut(): number {
    return this.#bytesTotal
  }

  /** Files since the last cut: every opening of the store begins a new one. */
  get filesSinceCut(): number {
    return this.#files
  }

  /** Counts what an earlier process has left, so that it is cut in time as well. */
  async open(): Promise<void> {
    for (const { path, sizeBytes } of await listFiles(this.#drive)) {
      this.#bytesTotal += sizeBytes
      if (sizeBytes > 0) this.#files += 1
      else await this.#drive.remove(path)
    }
  }

  /**
   * Resolves when the record is durable. When it fails for want of space, nothing of it is left; after any other
   * failure it is not known what the drive has, and the journal must not be used any more.
   */
  async append(record: Buffer, firstSeq: number): Promise<void> {
    if (this.#file !== undefined && this.#fileBytes >= this.#fileBytesMax) await this.#closeFile()
    this.#file ??= await this.#create(firstSeq)
    try {
      await this.#file.write([record], this.#fileBytes)
      await this.#file.sync()
    } catch (error) {
      await this.#takeOff(this.#file)
      throw error
    }
    this.#fileBytes += record.length
    this.#bytesTotal += record.length
  }

  /** @throws Error without a system's code: whether the record is on the drive is not known then, whatever the reason */
  async #takeOff(file: DriveFile): Promise<void> {
    try {
      await file.truncate(this.#fileBytes)
      await file.sync()
    } catch (error) {
      throw new Error('what is left of a record cannot be taken off the journal', { cause: error })
    }
  }

  /** Removes the files whose records are all in a snapshot up to `seq`. */
  async cut(seq: number): Promise<void> {
    const files = await listWritten(this.#drive)
    for (const [index, { path }] of files.entries()) {
      const next = files[index + 1]
      if (next === undefined || next.firstSeq > seq + 1) break
      await this.#drive.remove(path)
    }
    this.#bytesTotal = this.#fileBytes
    this.#files = 1
  }

  async close(): Promise<void> {
    await this.#closeFile()
  }

  async #create(firstSeq: number): Promise<DriveFile> {
    const path = pathOf(firstSeq, this.term)
    // An earlier try may have failed in the middle.
    await this.#drive.remove(`${path}.new`)
    const file = await createFile(this.#drive, path)
    this.#fileBytes = 0
    this.#files += 1
    return file
  }

  async #closeFile(): Promise<void> {
    await this.#file?.close()
    this.#file = undefined
  }
}
