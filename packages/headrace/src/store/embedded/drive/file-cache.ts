import type { Clock } from '../../../core/runtime.ts'
import type { Drive, DriveFile } from './drive.ts'

const filesMax = 256
const idleMs = 5_000

interface Cached {
  readonly file: Promise<DriveFile>
  users: number
  lastUsedMs: number
}

/**
 * Files kept open for reading, so that a range of a large object costs no `open`. Idle ones are closed after some
 * seconds: an open file holds the space of one that was removed.
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
    } finally {
      cached.users -= 1
      cached.lastUsedMs = this.#clock.monotonic()
    }
  }

  async close(): Promise<void> {
    this.#stop()
    this.#closeIdle(Number.POSITIVE_INFINITY)
  }

  #take(path: string): Cached {
    const known = this.#files.get(path)
    if (known !== undefined) {
      known.users += 1
      return known
    }
    if (this.#files.size >= filesMax) this.#closeIdle(Number.POSITIVE_INFINITY)
    const cached: Cached = { file: this.#drive.open(path, 'read'), users: 1, lastUsedMs: 0 }
    this.#files.set(path, cached)
    // A file that could not be opened is tried again next time.
    cached.file.catch(() => this.#files.delete(path))
    return cached
  }

  #closeIdle(usedBeforeMs: number): void {
    for (const [path, cached] of this.#files) {
      if (cached.users > 0 || cached.lastUsedMs > usedBeforeMs) continue
      this.#files.delete(path)
      cached.file.then((file) => file.close()).catch(() => {})
    }
  }
}
