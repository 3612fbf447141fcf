import type { WorkStore } from '../work-store.ts'
import { driveState } from './drive-state.ts'

/**
 * Removes files so that they stay removed, on several drives side by side. It comes before the index forgets them: if it
 * is broken off, the index still says what is left to do.
 */
export class FileRemoval {
  readonly #store: WorkStore
  readonly #paths = new Map<number, string[]>()
  /** What drives said that did not do it. */
  readonly failed = new Map<number, unknown>()

  constructor(store: WorkStore) {
    this.#store = store
  }

  add(device: number, path: string): void {
    const paths = this.#paths.get(device)
    if (paths === undefined) this.#paths.set(device, [path])
    else paths.push(path)
  }

  /** Resolves when all is done that can be: what is on drives that are gone or given up counts as done. */
  async run(): Promise<void> {
    await Promise.all([...this.#paths].map(([device, paths]) => this.#removeFrom(device, paths)))
  }

  /** @throws the first error, for the rest to be tried again */
  throwFirst(): void {
    for (const error of this.failed.values()) throw error
  }

  async #removeFrom(device: number, paths: readonly string[]): Promise<void> {
    const state = driveState(this.#store, device)
    if (state.kind === 'gone' || state.kind === 'given up') return
    try {
      if (state.kind === 'away') throw new Error(`drive ${device} does not answer`)
      for (const path of paths) await state.drive.remove(path)
      const touched = new Set(paths.map((path) => path.slice(0, path.lastIndexOf('/'))))
      for (const folder of touched) await state.drive.syncFolder(folder)
    } catch (error) {
      this.failed.set(device, error)
    }
  }
}
