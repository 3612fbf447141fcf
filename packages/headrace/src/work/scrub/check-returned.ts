import { Bell } from '../bell.ts'
import type { CensusTools } from '../census/census-taker.ts'
import { examineRows } from '../census/examine-rows.ts'
import { SegmentSizes } from '../census/segment-sizes.ts'
import { keepState, readState } from '../kept-state.ts'
import { driveState } from '../upkeep/drive-state.ts'
import { isClosed } from '../upkeep/sessions.ts'
import { sweepDrive } from '../upkeep/sweep-drive.ts'
import type { Worker } from '../worker.ts'

const stateName = 'check-returned'

/**
 * Looks through drives that come back: whether the chunks that rows name are there, and what is there that nobody names
 * any more. Which drives were away is kept over a restart, since they may come back while nobody looks.
 */
export class CheckReturned implements Worker {
  readonly name = 'check-returned'
  readonly idleMs = 5_000
  readonly isPaced = true
  readonly bell = new Bell()
  readonly #tools: CensusTools
  readonly #away: Set<number>
  readonly #stop: () => void
  #isKept = true

  constructor(tools: CensusTools) {
    this.#tools = tools
    this.#away = new Set(readState(tools.store, stateName, (value) => value as number[]))
    this.#stop = tools.store.maps.onChange(() => {
      this.#noteAway()
      this.bell.ring()
    })
    this.#noteAway()
  }

  /** A drive was away, or had other things done to it: it is looked through as soon as it is up. */
  add(device: number): void {
    if (this.#away.has(device)) return
    this.#away.add(device)
    this.#isKept = false
    this.bell.ring()
  }

  close(): void {
    this.#stop()
  }

  async step(signal: AbortSignal): Promise<'more' | 'idle'> {
    if (!this.#isKept) await this.#keep()
    for (const device of this.#away) {
      const state = driveState(this.#tools.store, device)
      if (state.kind !== 'up' && state.kind !== 'gone') continue
      // It may go away again meanwhile; then it is noted anew.
      this.#away.delete(device)
      try {
        if (state.kind === 'up') await this.#check(device, state.drive, signal)
      } catch (error) {
        this.#away.add(device)
        throw error
      }
      await this.#keep()
      return 'more'
    }
    return 'idle'
  }

  async #check(device: number, drive: Parameters<typeof sweepDrive>[1]['drive'], signal: AbortSignal): Promise<void> {
    const { store } = this.#tools
    const sizes = new SegmentSizes(store)
    let badChunks = 0
    const visit = ({ bad }: { readonly bad?: ReadonlySet<number> }) => {
      badChunks += bad?.size ?? 0
    }
    const advanced = () => {
      sizes.forget()
      return true
    }
    await examineRows({ tools: { ...this.#tools, sizes }, depth: 'light', device, visit, advanced }, signal)
    const removed = await sweepDrive(store, {
      device,
      drive,
      isOver: (session) => isClosed(store, session),
      sinceMs: 0,
    })
    store.runtime.events.log.info(
      { drive: drive.name, badChunks, removed },
      'a drive that came back was looked through',
    )
  }

  #noteAway(): void {
    for (const { id, isUp } of this.#tools.store.maps.current.map.devices) if (!isUp) this.add(id)
  }

  async #keep(): Promise<void> {
    this.#isKept = true
    try {
      await keepState(this.#tools.store, stateName, [...this.#away])
    } catch (error) {
      this.#isKept = false
      throw error
    }
  }
}
