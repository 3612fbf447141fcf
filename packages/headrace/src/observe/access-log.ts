import { mkdirSync, renameSync, statSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { destination } from 'pino'
import type { AccessRecord } from '../core/access-record.ts'
import type { Clock } from '../core/runtime.ts'

/** Records are gathered up to this size, or for this time, before they are written. */
const batchBytes = 8 * 1024
const flushMs = 250
/** How often writers look whether the file was moved away. */
const checkMs = 1_000

const fileBytesMax = 64 * 1024 * 1024
const filesKept = 10

/**
 * Appends records to the access log, a JSON object a line. Several processes append to the same file; one of them
 * rotates it, and the others notice.
 */
export class AccessLog {
  readonly #path: string
  readonly #stream: ReturnType<typeof destination>
  readonly #stop: readonly (() => void)[]
  #inode = 0

  constructor(path: string, clock: Clock) {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    this.#path = path
    this.#stream = destination({ dest: path, append: true, mode: 0o600, minLength: batchBytes, sync: false })
    // A log that cannot be written must not take the service down with it.
    this.#stream.on('error', () => {})
    this.#inode = statSync(path, { throwIfNoEntry: false })?.ino ?? 0
    this.#stop = [
      clock.every(flushMs, () => this.#stream.flush()),
      clock.every(checkMs, () => void this.#followRotation()),
    ]
  }

  write(record: AccessRecord): void {
    this.#stream.write(`${JSON.stringify(record)}\n`)
  }

  close(): void {
    for (const stop of this.#stop) stop()
    try {
      this.#stream.flushSync()
      this.#stream.end()
    } catch {
      // It was not open yet, or not any more.
    }
  }

  async #followRotation(): Promise<void> {
    const inode = await stat(this.#path).then(
      ({ ino }) => ino,
      () => 0,
    )
    if (inode === this.#inode) return
    if (this.#inode !== 0) this.#stream.reopen()
    this.#inode = inode
  }
}

/** Renames the log to `.1`, `.1` to `.2` and so on once it is large; the oldest goes. To be called by one process only. */
export function rotateAccessLog(path: string, bytesMax = fileBytesMax, kept = filesKept): boolean {
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) < bytesMax) return false
  const numbered = (number: number) => (number === 0 ? path : path.replace(/(\.[^./]+)?$/, `.${number}$1`))
  for (let number = kept - 1; number >= 0; number -= 1) {
    if (statSync(numbered(number), { throwIfNoEntry: false })) renameSync(numbered(number), numbered(number + 1))
  }
  return true
}
