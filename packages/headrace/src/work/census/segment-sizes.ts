import type { ChunkPlace } from '../chunk-place.ts'
import type { WorkStore } from '../work-store.ts'

/**
 * Sizes of segments, each looked up once: millions of small chunks are in some thousands of files. A size that is known
 * may be too small when the segment is still written to, so it is looked up again now and then.
 */
export class SegmentSizes {
  readonly #store: Pick<WorkStore, 'drives'>
  readonly #sizes = new Map<string, Promise<number>>()

  constructor(store: Pick<WorkStore, 'drives'>) {
    this.#store = store
  }

  /** @throws the system's error, ENOENT when there is no such file */
  of({ device, path }: Pick<ChunkPlace, 'device' | 'path'>): Promise<number> {
    const name = `${device} ${path}`
    let size = this.#sizes.get(name)
    if (size === undefined) {
      size = this.#look(device, path)
      size.catch(() => {})
      this.#sizes.set(name, size)
    }
    return size
  }

  /** @returns undefined when it has not been looked up */
  known({ device, path }: Pick<ChunkPlace, 'device' | 'path'>): Promise<number> | undefined {
    return this.#sizes.get(`${device} ${path}`)
  }

  /** Everything is looked up again: segments have been added to. */
  forget(): void {
    this.#sizes.clear()
  }

  async #look(device: number, path: string): Promise<number> {
    const drive = this.#store.drives.get(device)?.background
    if (drive === undefined) throw new Error(`drive ${device} is not open`)
    const file = await drive.open(path, 'read')
    try {
      return await file.size()
    } finally {
      await file.close()
    }
  }
}
