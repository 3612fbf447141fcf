import type { Clock } from '../../../core/runtime.ts'
import { type Drive, type DriveFile, systemCode } from './drive.ts'

const filesMax = 256
const idleMs = 5_000
/** What a path names may be another file by now: a drive may have been replaced, and nobody would notice. */
const openMsMax = 5_000

interface Cached {
  readonly file: Promise<DriveFile>
  readonly openedMs: number
  users: number
  /** It has failed: it is closed when nobody uses it any more. */
  isDropped: boolean
  lastUsedMs: number
}

/**
 * Files kept open for reading, so that a range of a large object costs no `open`. Idle ones are closed after some
 * seconds, since an open file holds the space of one that was removed; the others are opened anew as often.
 */
export class FileCache {
  readonly #drive: Drive
  readonly #clock: Clock
  readonly #files = new Map<string, Cached>()
  readonly #stop: () => void

  constructor(drive: Drive, clock: Clock) {
    this.#drive = drive
    this.#clock = clock
    this.#stop = clock.every(idleMs, () => this.#closeIdle(clock.monotonic() - idleMs))
  }

  /** Opens a file, or takes it from the cache, for as long as `use` runs. */
  async use<T>(path: string, use: (file: DriveFile) => Promise<T>): Promise<T> {
    const cached = this.#take(path)
    try {
      return await use(await cached.file)
    } catch (error) {
      // A drive that was away may be mounted anew: then this file fails for ever, and another of its name does not.
      if (systemCode(error) !== undefined) this.#drop(path, cached)
      throw error
    } finally {
      cached.users -= 1
      cached.lastUsedMs = this.#clock.monotonic()
      if (cached.isDropped && cached.users === 0) closeFile(cached)
    }
  }

  async close(): Promise<void> {
    this.#stop()
    this.#closeIdle(Number.POSITIVE_INFINITY)
  }

  #take(path: string): Cached {
    const nowMs = this.#clock.monotonic()
    const known = this.#files.get(path)
    if (known !== undefined && nowMs - known.openedMs < openMsMax) {
      known.users += 1
      return known
    }
    if (known !== undefined) {
      this.#drop(path, known)
      if (known.users === 0) closeFile(known)
    }
    if (this.#files.size >= filesMax) this.#closeIdle(Number.POSITIVE_INFINITY)
    const file = this.#drive.open(path, 'read')
    const cached: Cached = { file, openedMs: nowMs, users: 1, isDropped: false, lastUsedMs: 0 }
    this.#files.set(path, cached)
    // A file that could not be opened is tried again next time.
    cached.file.catch(() => this.#drop(path, cached))
    return cached
  }

  #drop(path: string, cached: Cached): void {
    cached.isDropped = true
    if (this.#files.get(path) === cached) this.#files.delete(path)
  }

  #closeIdle(usedBeforeMs: number): void {
    for (const [path, cached] of this.#files) {
      if (cached.users > 0 || cached.lastUsedMs > usedBeforeMs) continue
      this.#files.delete(path)
      closeFile(cached)
    }
  }
}

function closeFile({ file }: Cached): void {
  file.then((opened) => opened.close()).catch(() => {})
}
