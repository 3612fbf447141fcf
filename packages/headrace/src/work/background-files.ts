import type { Clock } from '../core/runtime.ts'
import type { ChunkFiles } from '../store/embedded/data/chunk-reader.ts'
import type { Drives, OpenDrive } from '../store/embedded/drive/drives.ts'
import { FileCache } from '../store/embedded/drive/file-cache.ts'

/** The files of the drives as background work reads them: its calls wait while those of requests do. */
export class BackgroundFiles implements ChunkFiles {
  readonly #drives: Drives
  readonly #clock: Clock
  readonly #caches = new Map<number, { readonly drive: OpenDrive; readonly files: FileCache }>()

  constructor(drives: Drives, clock: Clock) {
    this.#drives = drives
    this.#clock = clock
  }

  get(device: number): { readonly files: FileCache } | undefined {
    const drive = this.#drives.get(device)
    const known = this.#caches.get(device)
    if (known !== undefined && known.drive === drive) return known
    // The drive was closed, or opened anew.
    known?.files.close().catch(() => {})
    this.#caches.delete(device)
    if (drive === undefined) return undefined
    const cache = { drive, files: new FileCache(drive.background, this.#clock) }
    this.#caches.set(device, cache)
    return cache
  }

  async close(): Promise<void> {
    for (const { files } of this.#caches.values()) await files.close()
    this.#caches.clear()
  }
}
