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
export interface JournalFile {
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
export async function listWritten(drive: Drive): Promise<JournalFile[]> {
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

/** How far a replay has come. */
export interface Replayed {
  /** The last commit that is known now. */
  lastSeq: number
  /** The last commit that the journal has. When it is an earlier one, what was behind it is lost. */
  journalSeq: number
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
): Promise<Replayed> {
  const files = await listWritten(drive)
  const replayed: Replayed = { lastSeq: afterSeq, journalSeq: 0 }
  for (const [index, file] of files.entries()) {
    const next = files[index + 1]
    // Every record of this file is older than the next file's first.
    if (next !== undefined && next.firstSeq <= afterSeq + 1) continue
    // Whoever began this file had all before it.
    replayed.journalSeq = file.firstSeq - 1
    await replayFile(drive, file, { replayed, isLast: next === undefined }, take)
  }
  return replayed
}

async function replayFile(
  drive: Drive,
  { path, term }: JournalFile,
  { replayed, isLast }: { replayed: Replayed; isLast: boolean },
  take: (record: JournalRecord) => void,
): Promise<void> {
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
        return
      }
      requireNext(record, replayed.lastSeq, `${drive.name}/${path}`, at)
      if (record.lastSeq > replayed.lastSeq) {
        take(record)
        replayed.lastSeq = record.lastSeq
      }
      replayed.journalSeq = record.lastSeq
      at += size as number
    }
    // Its writer may have been killed before the sync, and the next file must not outlive this one in a power cut.
    if (isLast) await file.sync()
  } finally {
    await file.close()
  }
}

/** @throws JournalDamagedError when there are commits between the last one and a record */
export function requireNext({ firstSeq }: JournalRecord, lastSeq: number, path: string, at: number): void {
  if (firstSeq <= lastSeq + 1) return
  throw new JournalDamagedError(path, at, `commits ${lastSeq + 1} to ${firstSeq - 1} are missing`)
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
export function decodeIfValid(bytes: Buffer, term: number): JournalRecord | undefined {
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
  /** Size of the record that was appended last. */
  #lastBytes = 0
  #bytesTotal = 0
  #files = 0
  #isAbandoned = false
  #isInUse = false

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
  append(record: Buffer, firstSeq: number): Promise<void> {
    return this.#use(() => this.#append(record, firstSeq))
  }

  async #append(record: Buffer, firstSeq: number): Promise<void> {
    if (this.#file !== undefined && this.#fileBytes >= this.#fileBytesMax) await this.#closeFile()
    this.#file ??= await this.#create(firstSeq)
    try {
      this.#requireUse()
      await this.#file.write([record], this.#fileBytes)
      this.#requireUse()
      await this.#file.sync()
    } catch (error) {
      await this.#cutBack(this.#file)
      throw error
    }
    this.#fileBytes += record.length
    this.#bytesTotal += record.length
    this.#lastBytes = record.length
  }

  /**
   * Takes the record that was appended last off again, durably.
   * @throws Error without a system's code: whether the record is on the drive is not known then, whatever the reason
   */
  async takeOff(): Promise<void> {
    const file = this.#file
    if (file === undefined) return
    this.#fileBytes -= this.#lastBytes
    this.#bytesTotal -= this.#lastBytes
    this.#lastBytes = 0
    await this.#use(() => this.#cutBack(file))
  }

  /**
   * The drive is given up. Calls that are stuck on it are not waited for, and when they return nothing more is done to
   * its files: by then they may be another journal's.
   */
  abandon(): void {
    this.#isAbandoned = true
    if (!this.#isInUse) this.#letGo()
  }

  async #use(action: () => Promise<void>): Promise<void> {
    this.#isInUse = true
    try {
      await action()
    } finally {
      this.#isInUse = false
      if (this.#isAbandoned) this.#letGo()
    }
  }

  /** Not before the last call on the file is over: its number could be another file's by then. */
  #letGo(): void {
    this.#closeFile().catch(() => {})
  }

  #requireUse(): void {
    if (this.#isAbandoned) throw new Error('the journal was given up')
  }

  /** @throws Error without a system's code, as `takeOff` */
  async #cutBack(file: DriveFile): Promise<void> {
    this.#requireUse()
    try {
      await file.truncate(this.#fileBytes)
      this.#requireUse()
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
    this.#requireUse()
    const file = await createFile(this.#drive, path)
    this.#fileBytes = 0
    this.#lastBytes = 0
    this.#files += 1
    return file
  }

  async #closeFile(): Promise<void> {
    const file = this.#file
    this.#file = undefined
    await file?.close()
  }
}
