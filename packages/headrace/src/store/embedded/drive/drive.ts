/**
 * One directory that we do I/O on. Paths are relative to it.
 * - Failures are the system's errors, with their `code`.
 * - Nothing here decides what a failure means; callers do.
 */
export interface Drive {
  /** For logs: where it is. */
  readonly name: string
  /** `create` fails when the file exists; `append` makes it when it does not. */
  open(path: string, mode: 'read' | 'create' | 'append'): Promise<DriveFile>
  /** Makes the new name durable: its folder is synced. A missing folder is made, unless it is one of the drive's own. */
  rename(from: string, to: string): Promise<void>
  /**
   * Removes a file. After a crash of the machine it may be back, unless its folder was synced.
   * @returns false when there was no such file
   */
  remove(path: string): Promise<boolean>
  /** Makes the names in a folder durable, and the absence of those that were removed. */
  syncFolder(path: string): Promise<void>
  /** Names in a folder, none when the folder does not exist. */
  list(folder: string): Promise<string[]>
  /** Makes a folder, and those above it, durable. */
  makeFolder(path: string): Promise<void>
  space(): Promise<{ readonly freeBytes: number; readonly totalBytes: number }>
  /** Of the directory itself, whatever its path: when it becomes another, another directory is in its place. */
  folderId(): Promise<string>
}

export interface DriveFile {
  /**
   * Fills the buffers one after the other, as far as the file goes.
   * @returns the number of bytes read
   */
  read(into: readonly Uint8Array[], position: number): Promise<number>
  /** Writes all of the buffers. */
  write(from: readonly Uint8Array[], position: number): Promise<void>
  /** Resolves when what was written, and the size of the file, survive a crash of the machine. */
  sync(): Promise<void>
  truncate(sizeBytes: number): Promise<void>
  size(): Promise<number>
  close(): Promise<void>
}

/** The system's code of an error, such as ENOENT. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

/** The drive, or what its user may have of it, is full. */
export function isWantOfSpace(error: unknown): boolean {
  const code = systemCode(error)
  return code === 'ENOSPC' || code === 'EDQUOT'
}
