import { fstatSync, mkdirSync, openSync, renameSync, statSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import sonicBoom, { type SonicBoom } from 'sonic-boom'
import type { AccessRecord } from '../core/access-record.ts'
import type { Log } from '../core/events.ts'
import type { Clock } from '../core/runtime.ts'

/** Records are gathered up to this size, or for this time, before they are written. */
const batchBytes = 8 * 1024
const flushMs = 250
/** What waits for a drive that takes nothing; records above it are lost. */
const waitingBytesMax = 16 * 1024 * 1024
/** How often writers look whether the file was moved away, or can be opened at last. */
const checkMs = 1_000

const fileBytesMax = 64 * 1024 * 1024
const filesKept = 10

/**
 * Appends records to the access log, a JSON object a line. Several processes append to the same file; one of them
 * rotates it, or it has to be on another drive, and the others notice. A log that cannot be written does not take the service down with it: that is said
 * once, and records are lost.
 */
export class AccessLog {
  readonly #where: () => string | undefined
  readonly #log: Log
  readonly #stop: readonly (() => void)[]
  #stream: SonicBoom | undefined
  /** Of the file that is open. */
  #path: string | undefined
  #inode = 0
  #isFailing = false

  /** @param where its path as of now; undefined where there is no drive for it */
  constructor(where: () => string | undefined, { clock, log }: { clock: Clock; log: Log }) {
    this.#where = where
    this.#log = log
    if (where() !== undefined) this.#open()
    this.#stop = [
      clock.every(flushMs, () => this.#stream?.flush()),
      clock.every(checkMs, () => void this.#followRotation()),
    ]
  }

  write(record: AccessRecord): void {
    if (this.#stream === undefined && !this.#isFailing) this.#open()
    this.#stream?.write(`${JSON.stringify(record)}\n`)
  }

  close(): void {
    for (const stop of this.#stop) stop()
    try {
      this.#stream?.flushSync()
      this.#stream?.end()
    } catch (error) {
      this.#failed(error)
    }
  }

  #open(): void {
    try {
      const path = this.#where()
      if (path === undefined) throw new Error('there is no drive for it')
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
      const fd = openSync(path, 'a', 0o600)
      this.#path = path
      this.#inode = fstatSync(fd).ino
      this.#stream = new sonicBoom.SonicBoom({ fd, minLength: batchBytes, maxLength: waitingBytesMax, sync: false })
      this.#stream.on('error', (error) => this.#failed(error))
      this.#stream.on('write', () => {
        this.#isFailing = false
      })
    } catch (error) {
      this.#stream = undefined
      this.#failed(error)
    }
  }

  #failed(error: unknown): void {
    if (!this.#isFailing) this.#log.warn({ err: error }, 'the access log cannot be written')
    this.#isFailing = true
  }

  async #followRotation(): Promise<void> {
    const path = this.#where()
    const found = path === undefined ? undefined : await stat(path).catch(() => undefined)
    if (this.#stream !== undefined && path === this.#path && found?.ino === this.#inode) return
    this.#stream?.end()
    this.#open()
  }
}

/** Renames the log to `.1`, `.1` to `.2` and so on once it is large; the oldest goes. To be called by one process only. */
export function rotateAccessLog(path: string, bytesMax = fileBytesMax, kept = filesKept): boolean {
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) < bytesMax) return false
  for (let number = kept - 1; number >= 0; number -= 1) {
    const from = numbered(path, number)
    if (statSync(from, { throwIfNoEntry: false })) renameSync(from, numbered(path, number + 1))
  }
  return true
}

/** The log, and what it was renamed to, the youngest first; not all of them need to be there. */
export function rotatedPaths(path: string): string[] {
  return Array.from({ length: filesKept + 1 }, (_, number) => numbered(path, number))
}

function numbered(path: string, number: number): string {
  return number === 0 ? path : path.replace(/(\.[^./]+)?$/, `.${number}$1`)
}
