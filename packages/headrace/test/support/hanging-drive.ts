import { crc32 } from 'node:zlib'
import type { Drive, DriveFile } from '../../src/store/embedded/drive/drive.ts'
import { type Deferred, deferred } from './waiting.ts'

/** A drive that stops answering, and goes on with what it was asked for when it is let. */
export class HangingDrive implements Drive {
  readonly name: string
  readonly #drive: Drive
  #gate: Deferred | undefined
  #which = /./
  /** Calls that hang now. */
  hanging = 0
  /** Writes whose bytes were changed by somebody while they hung. */
  changed = 0

  constructor(drive: Drive) {
    this.#drive = drive
    this.name = drive.name
  }

  /** @param which calls hang from now on, such as `write tmp/…`; default: all */
  hang(which = /./): void {
    this.#gate ??= deferred()
    this.#which = which
  }

  goOn(): void {
    this.#gate?.resolve()
    this.#gate = undefined
  }

  async open(path: string, mode: 'read' | 'create' | 'append'): Promise<DriveFile> {
    await this.#call(`${mode} ${path}`)
    const file = await this.#drive.open(path, mode)
    return {
      read: async (into, position) => {
        await this.#call(`read ${path}`)
        return await file.read(into, position)
      },
      write: async (from, position) => {
        const before = sumOf(from)
        await this.#call(`write ${path}`)
        if (sumOf(from) !== before) this.changed += 1
        await file.write(from, position)
      },
      sync: async () => {
        await this.#call(`sync ${path}`)
        await file.sync()
      },
      truncate: (sizeBytes) => file.truncate(sizeBytes),
      size: () => file.size(),
      close: () => file.close(),
    }
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#call(`rename ${from} ${to}`)
    await this.#drive.rename(from, to)
  }

  async remove(path: string): Promise<boolean> {
    await this.#call(`remove ${path}`)
    return await this.#drive.remove(path)
  }

  async syncFolder(path: string): Promise<void> {
    await this.#call(`sync folder ${path}`)
    await this.#drive.syncFolder(path)
  }

  list(folder: string): Promise<string[]> {
    return this.#drive.list(folder)
  }

  makeFolder(path: string): Promise<void> {
    return this.#drive.makeFolder(path)
  }

  async space(): Promise<{ freeBytes: number; totalBytes: number }> {
    await this.#call('space')
    return await this.#drive.space()
  }

  folderId(): Promise<string> {
    return this.#drive.folderId()
  }

  async #call(what: string): Promise<void> {
    if (this.#gate === undefined || !this.#which.test(what)) return
    this.hanging += 1
    await this.#gate.promise
    this.hanging -= 1
  }
}

function sumOf(buffers: readonly Uint8Array[]): number {
  return buffers.reduce((sum, buffer) => crc32(buffer, sum), 0)
}
