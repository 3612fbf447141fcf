import type { DatabaseName } from './databases.ts'

/** One change of the index. Without a value, the key is removed. */
export interface IndexWrite {
  readonly database: DatabaseName
  readonly key: Buffer
  readonly value: Buffer | undefined
}

export interface IndexItem {
  readonly key: Buffer
  readonly value: Buffer
}

export interface ScanRange {
  /** The first key that may be given. */
  readonly from: Buffer
  /** The first key that may not be given any more; undefined goes on to the end. */
  readonly to?: Buffer | undefined
  readonly limit?: number
}

/**
 * What the index answers.
 * - Reads see one snapshot: that of the last `refresh`. A scan must be finished before the next refresh.
 * - Values come back as they were written, or not at all: a value that does not match its checksum is a FormatError.
 * - Scans give keys in byte order.
 */
export interface IndexReader {
  /** Goes to the newest snapshot: what was committed before this call is seen after it. */
  refresh(): void
  get(database: DatabaseName, key: Buffer): Buffer | undefined
  scan(database: DatabaseName, range: ScanRange): Iterable<IndexItem>
}

/** The index as its one writer sees it. */
export interface Index extends IndexReader {
  /** Makes the writes visible, all at once. */
  apply(writes: readonly IndexWrite[]): void
  /** Bytes on the drive. */
  sizeBytes(): Promise<number>
  /** Resolves when what was applied survives a crash of the machine. */
  sync(): Promise<void>
  /** Writes a copy of the index, as it is now, to a new file, synced. */
  copyTo(path: string): Promise<void>
  close(): Promise<void>
}
