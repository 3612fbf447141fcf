import type { ChunkTarget } from '../../store/embedded/data/chunk-writer.ts'
import { wantOfSpace } from '../../store/embedded/data/write-errors.ts'
import { SpaceGuard } from '../../store/embedded/gateway/space-guard.ts'
import type { WorkStore } from '../work-store.ts'

export interface SpaceRequest {
  readonly target: Pick<ChunkTarget, 'device' | 'drive'>
  readonly bytes: number
}

/** Keeps background work from filling drives: it leaves free what the writes of clients leave free. */
export class DriveSpace {
  readonly #store: WorkStore
  readonly #guards = new Map<number, SpaceGuard>()

  constructor(store: WorkStore) {
    this.#store = store
  }

  /** @throws S3Error InsufficientStorage when one of the drives has no room for its chunk */
  async during<T>(chunks: readonly SpaceRequest[], work: () => Promise<T>): Promise<T> {
    const held: { readonly guard: SpaceGuard; readonly bytes: number }[] = []
    try {
      for (const { target, bytes } of chunks) {
        const guard = this.#guardOf(target)
        await guard.look(bytes)
        if (!guard.hasRoom(bytes)) throw wantOfSpace(target.drive.name)
        guard.hold(bytes)
        held.push({ guard, bytes })
      }
      return await work()
    } finally {
      for (const { guard, bytes } of held) guard.release(bytes)
    }
  }

  #guardOf({ device, drive }: SpaceRequest['target']): SpaceGuard {
    const known = this.#guards.get(device)
    if (known?.drive === drive) return known
    const guard = new SpaceGuard(drive, { clock: this.#store.runtime.clock, reserve: this.#store.reserve })
    this.#guards.set(device, guard)
    return guard
  }
}
