import type { Drive, DriveFile } from './drive.ts'

/** `close` is neither: it moves no bytes, and a file must be closed whatever happens to the drive. */
export type CallKind = 'read' | 'write' | 'close'

/**
 * What is put around each call on a drive.
 * @param bytes moved by the call; of a `sync` those that were written to the file since the one before
 * @param call does it
 * @param into the buffers that a read fills
 */
export type AroundCall = <T>(
  kind: CallKind,
  bytes: number,
  call: () => Promise<T>,
  into?: readonly Uint8Array[],
) => Promise<T>

/** A drive with something put around each of its calls, those on its files too. */
export function wrapDrive(drive: Drive, around: AroundCall): Drive {
  return {
    name: drive.name,
    async open(path, mode) {
      const kind = mode === 'read' ? 'read' : 'write'
      return new WrappedFile(await around(kind, 0, () => drive.open(path, mode)), around)
    },
    rename: (from, to) => around('write', 0, () => drive.rename(from, to)),
    remove: (path) => around('write', 0, () => drive.remove(path)),
    syncFolder: (path) => around('write', 0, () => drive.syncFolder(path)),
    list: (folder) => around('read', 0, () => drive.list(folder)),
    makeFolder: (path) => around('write', 0, () => drive.makeFolder(path)),
    space: () => around('read', 0, () => drive.space()),
    folderId: () => around('read', 0, () => drive.folderId()),
  }
}

class WrappedFile implements DriveFile {
  readonly #file: DriveFile
  readonly #around: AroundCall
  #unsyncedBytes = 0

  constructor(file: DriveFile, around: AroundCall) {
    this.#file = file
    this.#around = around
  }

  read(into: readonly Uint8Array[], position: number): Promise<number> {
    return this.#around('read', bytesOf(into), () => this.#file.read(into, position), into)
  }

  write(from: readonly Uint8Array[], position: number): Promise<void> {
    const bytes = bytesOf(from)
    this.#unsyncedBytes += bytes
    return this.#around('write', bytes, () => this.#file.write(from, position))
  }

  sync(): Promise<void> {
    const bytes = this.#unsyncedBytes
    this.#unsyncedBytes = 0
    return this.#around('write', bytes, () => this.#file.sync())
  }

  truncate(sizeBytes: number): Promise<void> {
    return this.#around('write', 0, () => this.#file.truncate(sizeBytes))
  }

  size(): Promise<number> {
    return this.#around('read', 0, () => this.#file.size())
  }

  close(): Promise<void> {
    return this.#around('close', 0, () => this.#file.close())
  }
}

function bytesOf(buffers: readonly Uint8Array[]): number {
  let bytes = 0
  for (const buffer of buffers) bytes += buffer.length
  return bytes
}
