import type { Drive, DriveFile } from '../../src/store/embedded/drive/drive.ts'

/** Which calls can fail so: a read finds no want of space. */
const failures = {
  EIO: /./,
  ENOSPC: /^(create|append|write|sync|rename|makeFolder)/,
} satisfies Record<string, RegExp>

export type FailureCode = keyof typeof failures

/** A drive one of whose calls fails. A write that fails has written half. */
export class FailingDrive implements Drive {
  readonly name: string
  readonly #drive: Drive
  #code: FailureCode = 'EIO'
  #which = failures.EIO
  #callsLeft = Number.POSITIVE_INFINITY
  /** The call that failed, if one did. */
  failed: string | undefined

  constructor(drive: Drive) {
    this.#drive = drive
    this.name = drive.name
  }

  /**
   * The n-th call from now that can fail so, fails.
   * @param which counts only calls like these, such as `write journal/…`
   */
  failAt(n: number, code: FailureCode, which: RegExp = failures[code]): void {
    this.#code = code
    this.#which = which
    this.#callsLeft = n
    this.failed = undefined
  }

  heal(): void {
    this.#callsLeft = Number.POSITIVE_INFINITY
  }

  async open(path: string, mode: 'read' | 'create' | 'append'): Promise<DriveFile> {
    this.#call(`${mode} ${path}`)
    return this.#file(path, await this.#drive.open(path, mode))
  }

  async rename(from: string, to: string): Promise<void> {
    this.#call(`rename ${from} ${to}`)
    await this.#drive.rename(from, to)
    // It is renamed, and whether for good is not known.
    this.#call(`sync the folder of ${to}`)
  }

  async remove(path: string): Promise<boolean> {
    this.#call(`remove ${path}`)
    return await this.#drive.remove(path)
  }

  async syncFolder(path: string): Promise<void> {
    this.#call(`sync folder ${path}`)
    await this.#drive.syncFolder(path)
  }

  async list(folder: string): Promise<string[]> {
    this.#call(`list ${folder}`)
    return await this.#drive.list(folder)
  }

  async makeFolder(path: string): Promise<void> {
    this.#call(`makeFolder ${path}`)
    await this.#drive.makeFolder(path)
  }

  space(): Promise<{ freeBytes: number; totalBytes: number }> {
    return this.#drive.space()
  }

  folderId(): Promise<string> {
    return this.#drive.folderId()
  }

  #file(path: string, file: DriveFile): DriveFile {
    return {
      read: async (into, position) => {
        this.#call(`read ${path}`)
        return await file.read(into, position)
      },
      write: async (from, position) => {
        const bytes = Buffer.concat(from)
        try {
          this.#call(`write ${path}`)
        } catch (error) {
          await file.write([bytes.subarray(0, bytes.length / 2)], position)
          throw error
        }
        await file.write([bytes], position)
      },
      sync: async () => {
        this.#call(`sync ${path}`)
        await file.sync()
      },
      truncate: async (sizeBytes) => {
        this.#call(`truncate ${path}`)
        await file.truncate(sizeBytes)
      },
      size: async () => {
        this.#call(`size ${path}`)
        return await file.size()
      },
      close: async () => {
        await file.close()
        this.#call(`close ${path}`)
      },
    }
  }

  #call(what: string): void {
    if (!this.#which.test(what)) return
    this.#callsLeft -= 1
    if (this.#callsLeft !== 0) return
    this.failed = what
    throw Object.assign(new Error(`${this.#code}: ${what}`), { code: this.#code })
  }
}
