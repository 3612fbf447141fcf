import { Bell } from '../bell.ts'
import type { CensusTaker } from '../census/census-taker.ts'
import { Progress, type WorkStatus } from '../progress.ts'
import type { Worker } from '../worker.ts'
import { allEnded } from './all-ended.ts'
import { mendTogether } from './batch/mend-together.ts'
import { type Mended, memoryOf, mendRow } from './mend-row.ts'
import type { MendTools } from './mend-tools.ts'
import type { MoveLog } from './move-log.ts'
import { RowQueue, type TakeLimits } from './row-queue.ts'
import { isActionable, scanRows } from './scan-rows.ts'

/** Batches of rows under way at the same time: they wait for drives, for the journal, and for memory. */
const lanes = 32
/** A batch of rows with small chunks. While there are clients it is small: they wait as long as it keeps a drive busy. */
const batchRowsMax = 64
const batchBytesMax = { alone: 16 * 1024 * 1024, besideClients: 4 * 1024 * 1024 } as const
const idleMs = 5_000
/** Rows that lack chunks are looked for so often while others are under way: they come first. */
const lookMs = 5_000
/**
 * More chunks can be read than are needed, so one device is spared, another each time when so much was read: much more
 * than drives and systems read ahead, so that they do not read what is left out.
 */
const spareBytes = 512 * 1024 * 1024
/** What could not be done is tried again after so long, or after so many times as long as it takes to look at all rows. */
const retryMs = 30_000
const retryFactor = 20
/** Rows of a run that may fail for reasons that nobody foresaw. */
const failuresMax = 100
/** Censuses that nobody waits for take a tenth of the time at most. */
const censusFactor = 10

/** Instead of what a census says. */
const mapChanged = Symbol('the map changed')

export interface MendOptions {
  readonly tools: Omit<MendTools, 'progressed'>
  readonly census: CensusTaker
  readonly moves: MoveLog
}

/** What became of the rows of a run. */
type Outcomes = Record<Mended, number>

/**
 * Brings every row to where the map wants it: heal, rebalance and re-encode in one. What is wrong is found by looking at
 * all rows when the map has changed, and at those that are known to lack chunks in between; nothing is remembered over a
 * restart. The most degraded rows come first. A run ends with a census.
 */
export class Mend implements Worker {
  readonly name = 'mend'
  readonly idleMs = idleMs
  readonly isPaced = true
  readonly bell = new Bell()
  readonly #options: MendOptions
  readonly #tools: MendTools
  readonly #progress: Progress
  readonly #stop: () => void
  /** Of the map that all rows were looked at with. */
  #scannedEpoch: number | undefined
  /** Something is left to be done: all rows are to be looked at again from then on, */
  #retryAtMs: number | undefined
  /** and those that are known to need something from then on. */
  #degradedAtMs = 0
  #isAsked = false
  /** Something was done since the last census. */
  #isCensusDue = false
  #censusAfterMs = 0

  constructor(options: MendOptions) {
    const { clock } = options.tools.store.runtime
    this.#options = options
    this.#progress = new Progress(this.name, clock)
    this.#tools = { ...options.tools, progressed: (bytes) => this.#progress.add(bytes) }
    this.#stop = options.tools.store.maps.onChange(() => this.bell.ring())
  }

  /** Looks at everything soon, and ends with a census. @returns when the run began */
  start(): number {
    this.#isAsked = true
    this.bell.ring()
    if (!this.#progress.isUnderWay) this.#progress.begin('about to begin')
    return this.#progress.startedMs
  }

  status(): WorkStatus {
    return this.#progress.status()
  }

  close(): void {
    this.#stop()
  }

  async step(signal: AbortSignal): Promise<'more' | 'idle'> {
    const nowMs = this.#clock.monotonic()
    const isNew = this.#scannedEpoch !== this.#epoch
    const isRetry = this.#retryAtMs !== undefined && nowMs >= this.#retryAtMs
    if (this.#isAsked || isNew || isRetry) await this.#run('all', signal)
    else if (nowMs >= this.#degradedAtMs && this.#isAnythingDegraded()) await this.#run('degraded', signal)
    else if (this.#isCensusDue && nowMs >= this.#censusAfterMs) await this.#run('nothing', signal)
    else return 'idle'
    return 'more'
  }

  get #clock() {
    return this.#tools.store.runtime.clock
  }

  get #epoch(): number {
    return this.#tools.store.maps.current.map.epoch
  }

  #isAnythingDegraded(): boolean {
    const { index } = this.#tools.store
    index.refresh()
    for (const _ of index.scan('degraded', { from: Buffer.alloc(0), limit: 1 })) return true
    return false
  }

  async #run(which: 'all' | 'degraded' | 'nothing', signal: AbortSignal): Promise<void> {
    const isAsked = this.#isAsked
    // Whoever asked, or changed the map, waits for the census.
    const isAwaited = isAsked || this.#scannedEpoch !== this.#epoch
    if (!(isAsked && this.#progress.isUnderWay)) this.#progress.begin('looking for rows to mend')
    try {
      let outcomes = await this.#mendAll(which, signal)
      if (isAsked) this.#isAsked = false
      this.#isCensusDue ||= isAwaited || outcomes.mended > 0
      let verdict = await this.#census(isAwaited || which === 'nothing', signal)
      while (verdict === mapChanged) {
        which = 'all'
        outcomes = await this.#mendAll(which, signal)
        verdict = await this.#census(true, signal)
      }
      if (which === 'all' && outcomes.waiting === 0 && verdict !== 'healing') await this.#options.moves.finish()
      this.#finish(outcomes, verdict)
    } catch (error) {
      this.#progress.finish(signal.aborted ? 'called off' : String(error), { isWaiting: true })
      throw error
    }
  }

  async #mendAll(which: 'all' | 'degraded' | 'nothing', signal: AbortSignal): Promise<Outcomes> {
    const outcomes: Outcomes = { mended: 0, nothing: 0, waiting: 0, lost: 0 }
    if (which === 'nothing') return outcomes
    for (;;) {
      const epoch = this.#epoch
      const beganMs = this.#clock.monotonic()
      const before = outcomes.mended
      const queue = new RowQueue()
      // What could not be done before this scan may be possible now, and is counted again.
      outcomes.waiting = 0
      outcomes.lost = 0
      await this.#look(which, queue, outcomes, signal)
      const lookedMs = this.#clock.monotonic() - beganMs
      const isThrough = await this.#mend(queue, epoch, outcomes, signal)
      // Where all that was remembered can only wait, there is no use in looking for more of it now.
      const isMore = queue.isCut && outcomes.mended > before
      if (which === 'all' && isThrough && !isMore) this.#scannedEpoch = epoch
      if (this.#epoch === epoch && !isMore) {
        this.#noteRetry(which, outcomes, lookedMs)
        return outcomes
      }
      which = 'all'
    }
  }

  /** Plans rows, and puts into the queue those that something can be done for. */
  async #look(which: 'all' | 'degraded', queue: RowQueue, outcomes: Outcomes, signal: AbortSignal): Promise<void> {
    let bytes = 0
    await scanRows(this.#tools.store, which, signal, ({ dataId, plan, lengthBytes }) => {
      const isLost = plan.readable.length + plan.suspected.length < plan.pool.k
      if (isLost) outcomes.lost += 1
      else if (isActionable(plan)) {
        queue.add(dataId, plan.urgency, memoryOf(plan, { pool: plan.pool, lengthBytes }))
        bytes += plan.bytes
      } else if (plan.isDegraded) outcomes.waiting += 1
      // It was noted and needs nothing: that is to be forgotten.
      else if (which === 'degraded') queue.add(dataId, plan.urgency, 0)
    })
    this.#progress.expect(this.#progress.status().doneBytes + bytes)
    this.#progress.note(`mending ${queue.size} rows`)
  }

  /** Works the queue off. @returns false when the map changed before its end: then everything is looked at anew */
  async #mend(queue: RowQueue, epoch: number, outcomes: Outcomes, signal: AbortSignal): Promise<boolean> {
    const tried = new Set<string>()
    let failures = 0
    const attempt = async (dataId: Buffer): Promise<Mended> => {
      try {
        return await mendRow(dataId, this.#tools, signal)
      } catch (error) {
        failures += 1
        // One row must not stop the others; when all fail, there is no use in going on.
        if (signal.aborted || failures > failuresMax) throw error
        const { log } = this.#tools.store.runtime.events
        log.error({ err: error, dataId: dataId.toString('hex') }, 'a data row could not be mended; it is tried again')
        return 'waiting'
      }
    }
    let lookedMs = this.#clock.monotonic()
    const lane = async () => {
      for (;;) {
        signal.throwIfAborted()
        const avoided = this.#avoided(queue.takenBytes)
        const ids = this.#epoch === epoch ? queue.take(this.#batchLimits()) : []
        if (ids.length === 0) return
        for (const id of ids) tried.add(id.toString('latin1'))
        const left = await mendTogether({ ids, avoided }, this.#tools, signal)
        outcomes.mended += ids.length - left.length
        for (const outcome of await allEnded(left.map(attempt))) outcomes[outcome] += 1
        if (this.#clock.monotonic() - lookedMs < lookMs) continue
        lookedMs = this.#clock.monotonic()
        await this.#addUrgent(queue, tried, signal)
      }
    }
    await allEnded(Array.from({ length: lanes }, lane))
    return queue.size === 0
  }

  #batchLimits(): TakeLimits {
    const { alone, besideClients } = batchBytesMax
    return { rowsMax: batchRowsMax, bytesMax: this.#tools.pacer.share === 1 ? alone : besideClients }
  }

  /** A device that is spared for a while: rows that were written one after the other are then read from the same ones. */
  #avoided(takenBytes: number): number | undefined {
    const devices = this.#tools.store.drives.all()
    return devices[Math.floor(takenBytes / spareBytes) % devices.length]?.device
  }

  /** Rows that have lost chunks since the queue was made. */
  async #addUrgent(queue: RowQueue, tried: ReadonlySet<string>, signal: AbortSignal): Promise<void> {
    await scanRows(this.#tools.store, 'degraded', signal, ({ dataId, plan, lengthBytes }) => {
      if (!isActionable(plan) || tried.has(dataId.toString('latin1'))) return
      queue.add(dataId, plan.urgency, memoryOf(plan, { pool: plan.pool, lengthBytes }))
    })
  }

  /** What comes to need something meanwhile does not wait for what cannot be done. */
  #noteRetry(which: 'all' | 'degraded', { waiting, lost }: Outcomes, lookedMs: number): void {
    const nowMs = this.#clock.monotonic()
    const isAnythingLeft = waiting + lost > 0
    const againMs = nowMs + Math.max(retryMs, retryFactor * lookedMs)
    if (which === 'all') this.#retryAtMs = isAnythingLeft ? againMs : undefined
    this.#degradedAtMs = !isAnythingLeft ? nowMs : which === 'all' ? nowMs + retryMs : againMs
  }

  /**
   * A census takes long beside clients. When the map changes it is called off, so that what is lost does not wait for it.
   * @returns what the census says, or said last when it is not its time yet
   */
  async #census(isAwaited: boolean, signal: AbortSignal): Promise<string | typeof mapChanged | undefined> {
    const { census, tools } = this.#options
    const startedMs = this.#clock.monotonic()
    if (!this.#isCensusDue || (!isAwaited && startedMs < this.#censusAfterMs)) return census.last?.verdict
    this.#progress.note('counting what is whole')
    const changed = new AbortController()
    const stop = tools.store.maps.onChange(() => changed.abort())
    try {
      const { verdict } = await census.take('light', AbortSignal.any([signal, changed.signal]))
      const endMs = this.#clock.monotonic()
      this.#isCensusDue = false
      this.#censusAfterMs = endMs + censusFactor * (endMs - startedMs)
      return verdict
    } catch (error) {
      if (changed.signal.aborted && !signal.aborted) return mapChanged
      throw error
    } finally {
      stop()
    }
  }

  #finish({ waiting, lost }: Outcomes, verdict: string | undefined): void {
    const { log } = this.#tools.store.runtime.events
    if (lost > 0) log.error({ rows: lost }, 'data has too few chunks that can be read; a census names its objects')
    if (waiting > 0)
      log.warn({ rows: waiting }, 'data is not as safe as it should be, and waits for a drive or for space')
    const left = [
      ...(waiting > 0 ? [`${waiting} rows wait for a drive or for space`] : []),
      ...(lost > 0 ? [`${lost} rows have too few chunks that can be read`] : []),
    ]
    this.#progress.finish([...(verdict === undefined ? [] : [verdict]), ...left].join('; '), {
      isWaiting: left.length > 0,
    })
  }
}
