import { Bell } from '../bell.ts'
import type { CensusTools } from '../census/census-taker.ts'
import type { Depth } from '../census/examine-chunk.ts'
import { examineRows } from '../census/examine-rows.ts'
import { SegmentSizes } from '../census/segment-sizes.ts'
import { keepState, readState } from '../kept-state.ts'
import { measureRows } from '../measure-rows.ts'
import type { PlacedRow } from '../mend/plan-row.ts'
import { Progress, type WorkStatus } from '../progress.ts'
import { behind } from '../slices.ts'
import type { Worker } from '../worker.ts'
import { noScrubs, parseScrubState, type ScrubPass, type ScrubState } from './scrub-state.ts'

const stateName = 'scrub'
const idleMs = 30_000
const dayMs = 24 * 3600 * 1000
/** Bytes of chunks that a scheduled pass looks at before it asks whether it is ahead of its time. */
const stretchBytes = 256 * 1024 * 1024
/** What was looked at since the state was last kept is looked at again after a restart. */
const keepEveryMs = 60_000

export interface ScrubSchedule {
  /** How often each depth has looked at everything; a deep pass is spread evenly over the time. */
  readonly periodMs: { readonly [D in Depth]: number }
}

export const defaultSchedule: ScrubSchedule = { periodMs: { light: dayMs, deep: 30 * dayMs } }

/**
 * Looks at every chunk on a schedule: lightly each day, and from end to end every thirty days, a little at a time. Bad
 * chunks come under suspicion, and are healed. It goes on after a restart where it was.
 */
export class Scrub implements Worker {
  readonly name = 'scrub'
  readonly idleMs = idleMs
  readonly isPaced = true
  readonly bell = new Bell()
  readonly #tools: CensusTools
  readonly #schedule: ScrubSchedule
  readonly #progress: Progress
  #state: ScrubState
  /** The pass that the progress is of. */
  #shown: number | undefined

  constructor(tools: CensusTools, schedule: ScrubSchedule = defaultSchedule) {
    this.#tools = tools
    this.#schedule = schedule
    this.#progress = new Progress(this.name, tools.store.runtime.clock)
    this.#state = readState(tools.store, stateName, parseScrubState) ?? noScrubs
  }

  /** Begins a pass, over one drive or all; one that was asked for before ends. @returns when the run began */
  start({ depth, device }: { readonly depth: Depth; readonly device?: number | undefined }): number {
    const startedMs = this.#progress.begin('about to begin')
    this.#shown = startedMs
    const pass = { ...newPass(depth, startedMs), device: device ?? null, isAsked: true }
    this.#state = { ...this.#state, passes: [pass, ...this.#state.passes.filter(({ isAsked }) => !isAsked)] }
    this.bell.ring()
    return startedMs
  }

  status(): WorkStatus {
    return this.#progress.status()
  }

  async step(signal: AbortSignal): Promise<'more' | 'idle'> {
    const before = this.#state
    this.#plan()
    if (this.#state !== before) await this.#keep()
    const pass = this.#state.passes.find((candidate) => this.#isDue(candidate))
    if (pass === undefined) return 'idle'
    await this.#goOn(pass, signal)
    return 'more'
  }

  get #nowMs(): number {
    return this.#tools.store.runtime.clock.now()
  }

  /** Begins the passes that the schedule wants. */
  #plan(): void {
    for (const depth of ['light', 'deep'] as const) {
      const isUnderWay = this.#state.passes.some((pass) => pass.depth === depth && !pass.isAsked)
      const lastMs = this.#state.lastMs[depth]
      // A store that was just made has nothing to be looked at yet.
      const isDue = lastMs !== null && this.#nowMs - lastMs >= this.#schedule.periodMs[depth]
      if (lastMs === null) this.#state = { ...this.#state, lastMs: { ...this.#state.lastMs, [depth]: this.#nowMs } }
      if (isDue && !isUnderWay) {
        this.#state = { ...this.#state, passes: [...this.#state.passes, newPass(depth, this.#nowMs)] }
      }
    }
  }

  /** A deep pass of the schedule waits as long as it is ahead of its time. */
  #isDue({ depth, isAsked, startedMs, doneBytes, totalBytes, cursor }: ScrubPass): boolean {
    if (isAsked || depth === 'light' || cursor === '') return true
    return doneBytes / Math.max(1, totalBytes) < (this.#nowMs - startedMs) / this.#schedule.periodMs.deep
  }

  async #goOn(first: ScrubPass, signal: AbortSignal): Promise<void> {
    const { store } = this.#tools
    let pass = first
    if (pass.cursor === '') {
      const { dataBytes, chunkBytes } = await measureRows(store, signal, pass.device ?? undefined)
      pass = this.#update(pass, { totalBytes: pass.depth === 'deep' ? chunkBytes : dataBytes })
    }
    this.#show(pass)
    const sizes = new SegmentSizes(store)
    const clock = store.runtime.clock
    let keptMs = clock.monotonic()
    let stretch = 0
    const count = (bytes: number) => {
      stretch += bytes
      this.#progress.add(bytes)
      pass = this.#update(pass, { doneBytes: pass.doneBytes + bytes })
    }
    const isAtEnd = await examineRows(
      {
        tools: { ...this.#tools, sizes },
        depth: pass.depth,
        device: pass.device ?? undefined,
        from: pass.cursor === '' ? undefined : behind(Buffer.from(pass.cursor, 'hex')),
        examined: count,
        visit: ({ row, bad }) => {
          if (pass.depth === 'light' && isOn(row, pass.device)) count(row.lengthBytes)
          pass = this.#update(pass, { badChunks: pass.badChunks + (bad?.size ?? 0) })
        },
        advanced: async (key) => {
          sizes.forget()
          pass = this.#update(pass, { cursor: key.toString('hex') })
          if (clock.monotonic() - keptMs >= keepEveryMs) {
            await this.#keep()
            keptMs = clock.monotonic()
          }
          // What somebody has asked for meanwhile comes first.
          const isOvertaken = this.#state.passes.some(({ isAsked }) => isAsked)
          return pass.isAsked ? this.#has(pass) : stretch < stretchBytes && !isOvertaken
        },
      },
      signal,
    )
    if (isAtEnd) this.#finish(pass)
    await this.#keep()
  }

  #has({ startedMs }: ScrubPass): boolean {
    return this.#state.passes.some((pass) => pass.startedMs === startedMs)
  }

  #update(pass: ScrubPass, change: Partial<ScrubPass>): ScrubPass {
    const updated = { ...pass, ...change }
    this.#state = { ...this.#state, passes: this.#state.passes.map((other) => (other === pass ? updated : other)) }
    return updated
  }

  #finish(pass: ScrubPass): void {
    const { depth, device, startedMs, badChunks } = pass
    const passes = this.#state.passes.filter((other) => other !== pass)
    const lastMs = device === null ? { ...this.#state.lastMs, [depth]: startedMs } : this.#state.lastMs
    this.#state = { ...this.#state, passes, lastMs }
    const found = badChunks === 0 ? 'every chunk is good' : `${badChunks} chunks were bad, and are being healed`
    this.#progress.finish(`${depth}: ${found}`)
  }

  #show({ startedMs, depth, device, totalBytes, doneBytes }: ScrubPass): void {
    if (this.#shown !== startedMs || !this.#progress.isUnderWay) {
      this.#progress.begin('')
      this.#progress.add(doneBytes)
      this.#shown = startedMs
    }
    this.#progress.expect(totalBytes)
    this.#progress.note(`${depth}, ${device === null ? 'all drives' : `drive ${device}`}`)
  }

  async #keep(): Promise<void> {
    await keepState(this.#tools.store, stateName, this.#state)
  }
}

/** Whether a row has a chunk on a drive, if it is of one. */
function isOn({ chunks }: PlacedRow, device: number | null): boolean {
  return device === null || chunks.some((location) => location.kind !== 'missing' && location.device === device)
}

function newPass(depth: Depth, startedMs: number): ScrubPass {
  return { depth, device: null, isAsked: false, startedMs, cursor: '', doneBytes: 0, totalBytes: 0, badChunks: 0 }
}
