import { S3Error } from '@headrace/s3'
import { ByteWriter, FormatError } from '../../../core/bytes.ts'
import type { Runtime } from '../../../core/runtime.ts'
import { type Drive, isWantOfSpace } from '../drive/drive.ts'
import { encodeNumber } from '../format/counters.ts'
import { encodeJournalRecord } from '../format/journal-record.ts'
import { newestSeq } from '../index/entries.ts'
import type { Index, IndexWrite } from '../index/index.ts'
import { metaKeys } from '../index/keys.ts'
import { BatchTotals } from './batch-totals.ts'
import { Claims } from './claims.ts'
import { IndexRoom } from './index-room.ts'
import type { KeeperJournal } from './journal-group.ts'
import type { KeeperPort, Mutation, MutationName, Mutations } from './mutation.ts'
import { Conflict, Plan, type PlanContext, StaleReferenceError } from './plan.ts'
import { planners } from './planners.ts'

/** Mutations of one batch at the most: more would keep the first of them waiting for no gain. */
const batchMutationsMax = 512
const batchBytesMax = 8 * 1024 * 1024

/** What a batch of small objects takes. */
const recordBytes = 256 * 1024

interface Pending {
  readonly mutation: Mutation
  readonly resent: boolean
  readonly resolve: (result: unknown) => void
  readonly reject: (error: unknown) => void
}

interface Planned {
  readonly pending: Pending
  readonly result: unknown
  /** False when nothing was left to do: it happened before, or changes nothing. */
  readonly writes: boolean
}

/** A batch while it is being planned. */
interface BatchUnderWay {
  readonly batch: Batch
  readonly claims: Claims<Pending>
  readonly totals: BatchTotals<Pending>
  /** Mutations for the next batch. */
  readonly waiting: Pending[]
}

interface Batch {
  planned: Planned[]
  readonly writes: IndexWrite[]
  readonly firstSeq: number
  lastSeq: number
  bytes: number
}

export interface KeeperOptions {
  readonly index: Index
  readonly journal: KeeperJournal
  /** The last commitSeq of the index. */
  readonly lastSeq: number
  readonly runtime: Runtime
  readonly drive: Pick<Drive, 'space'>
  /** Whether the store has a drive of that number. */
  readonly hasDevice: (device: number) => boolean
  readonly isAtHome: PlanContext['isAtHome']
  /** Told when the index lacks what was applied to it; afterwards, another one may be in its place. */
  readonly damaged: (error: unknown) => void
  /** Told when the keeper cannot go on: what the drive has is not known any more. */
  readonly failed: (error: unknown) => void
}

/**
 * The one writer of the index. It takes what comes while a batch is being made durable as the next batch:
 *
 *     plan every mutation against the index → append the batch to the journal, sync → apply it to the index → reply
 *
 * Preconditions are looked at here, one mutation after the other, so they hold against every other writer.
 */
export class Keeper implements KeeperPort {
  readonly #options: KeeperOptions
  readonly #indexRoom: IndexRoom
  #queue: Pending[] = []
  #running: Promise<void> | undefined
  #committing: Promise<void> | undefined
  /** Those who want nothing to be committed now, and what the next batch waits for. */
  #pauses = 0
  #resumed: PromiseWithResolvers<void> | undefined
  #lastSeq: number
  #failure: unknown
  /** Records are large, and made one after the other: fresh memory for each would keep the garbage collector busy. */
  readonly #recordWriter = new ByteWriter(recordBytes)

  constructor(options: KeeperOptions) {
    this.#options = options
    this.#indexRoom = new IndexRoom(options.drive, options.runtime.clock)
    this.#lastSeq = options.lastSeq
  }

  get lastSeq(): number {
    return this.#lastSeq
  }

  submit<N extends MutationName>(
    name: N,
    input: Mutations[N]['input'],
    options: { resent?: boolean } = {},
  ): Promise<Mutations[N]['result']> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure)
      const pending = { mutation: { name, input } as Mutation, resent: options.resent === true, resolve, reject }
      this.#queue.push(pending as Pending)
      this.#running ??= this.#run()
    })
  }

  /** Resolves when everything that was submitted is done. */
  async drain(): Promise<void> {
    await this.#running
  }

  /**
   * Resolves when nothing is being committed any more.
   * @returns lets commits go on
   */
  async pause(): Promise<() => void> {
    this.#pauses += 1
    this.#resumed ??= Promise.withResolvers()
    await this.#committing
    let isOver = false
    return () => {
      if (isOver) return
      isOver = true
      this.#pauses -= 1
      if (this.#pauses > 0) return
      this.#resumed?.resolve()
      this.#resumed = undefined
    }
  }

  async #run(): Promise<void> {
    // Whatever is submitted in this turn of the event loop goes into the first batch.
    await Promise.resolve()
    while (this.#queue.length > 0 && this.#failure === undefined) {
      while (this.#resumed !== undefined) await this.#resumed.promise
      if (!this.#hasWholeIndex()) continue
      const batch = this.#plan()
      if (batch.writes.length > 0) {
        this.#committing = this.#commit(batch)
        await this.#committing
      }
      for (const { pending, result } of batch.planned) pending.resolve(result)
    }
    this.#running = undefined
  }

  /**
   * Whether the index has every commit. LMDB can lose some when two processes do what they must not at the same time (see
   * `KeeperServer`), and nothing may be built on what is left then: the journal has everything.
   */
  #hasWholeIndex(): boolean {
    const lacking = () => {
      const { index } = this.#options
      index.refresh()
      const seq = newestSeq(index)
      if (seq === this.#lastSeq) return undefined
      return new FormatError(`the index ends at commit ${seq}, and ${this.#lastSeq} was applied to it`)
    }
    const error = lacking()
    if (error === undefined) return true
    this.#options.damaged(error)
    const after = lacking()
    if (after !== undefined) this.#failAll([], after)
    return after === undefined
  }

  /** Plans mutations from the queue, in order; those that conflict with one before them stay in it. */
  #plan(): Batch {
    const batch: Batch = { planned: [], writes: [], firstSeq: this.#lastSeq + 1, lastSeq: this.#lastSeq, bytes: 0 }
    const claims = new Claims<Pending>()
    const totals = new BatchTotals(claims)
    const waiting: Pending[] = []
    const queue = this.#queue
    for (const [position, pending] of queue.entries()) {
      if (batch.planned.length >= batchMutationsMax || batch.bytes >= batchBytesMax) {
        waiting.push(...queue.slice(position))
        break
      }
      this.#planOne(pending, { batch, claims, totals, waiting })
    }
    this.#queue = waiting
    if (batch.writes.length > 0) {
      batch.writes.push(...totals.writes(this.#options.index))
      batch.writes.push({ database: 'meta', key: metaKeys.commitSeq, value: encodeNumber(batch.lastSeq) })
    }
    return batch
  }

  #planOne(pending: Pending, { batch, claims, totals, waiting }: BatchUnderWay): void {
    const seq = batch.lastSeq + 1
    const own = totals.begin(pending)
    const context: PlanContext = {
      index: this.#options.index,
      seq,
      totals: own,
      resent: pending.resent,
      hasDevice: this.#options.hasDevice,
      isAtHome: this.#options.isAtHome,
      claim: (resource) => claims.claim(resource, pending),
      share: (resource) => claims.share(resource, pending),
    }
    try {
      const plan = new Plan(context)
      const result = planMutation(plan, pending.mutation)
      const writes = plan.finish()
      if (writes.length > 0) {
        batch.lastSeq = seq
        batch.writes.push(...writes)
        for (const { key, value } of writes) batch.bytes += key.length + (value?.length ?? 0)
        own.keep()
      }
      batch.planned.push({ pending, result, writes: writes.length > 0 })
    } catch (error) {
      if (error instanceof Conflict) waiting.push(pending)
      else pending.reject(this.#refusal(pending.mutation, error))
    }
  }

  #refusal({ name }: Mutation, error: unknown): unknown {
    if (error instanceof S3Error || error instanceof StaleReferenceError) return error
    this.#options.runtime.events.log.error({ err: error, mutation: name }, 'a mutation could not be planned')
    return new S3Error('InternalError', { cause: error })
  }

  async #commit(batch: Batch): Promise<void> {
    const { index, journal, runtime } = this.#options
    const startedMs = runtime.clock.monotonic()
    const record = encodeJournalRecord({ ...batch, term: journal.term }, this.#recordWriter)
    try {
      if (!(await this.#indexRoom.isEnoughFor(record.length)))
        return this.#refuse(batch, new S3Error('InsufficientStorage'))
      await journal.append(record, batch.firstSeq)
    } catch (error) {
      if (isWantOfSpace(error)) return this.#refuse(batch, new S3Error('InsufficientStorage', { cause: error }))
      return this.#fail(batch, error)
    }
    try {
      index.apply(batch.writes)
    } catch (error) {
      return this.#fail(batch, error)
    }
    this.#lastSeq = batch.lastSeq
    runtime.events.batchCommitted({
      mutations: batch.planned.length,
      bytes: record.length,
      durationMs: runtime.clock.monotonic() - startedMs,
    })
  }

  /** Nothing of the batch happens. What had happened before, or changes nothing, is done all the same. */
  #refuse(batch: Batch, error: unknown): void {
    for (const { pending, writes } of batch.planned) {
      if (writes) pending.reject(error)
    }
    batch.planned = batch.planned.filter(({ writes }) => !writes)
  }

  /** The batch may be durable or not: nobody is answered. The next opening of the store reads what the drive has. */
  #fail(batch: Batch, error: unknown): void {
    const planned = batch.planned.map(({ pending }) => pending)
    batch.planned = []
    this.#failAll(planned, error)
  }

  #failAll(planned: readonly Pending[], error: unknown): void {
    this.#failure ??= error
    for (const pending of [...planned, ...this.#queue]) pending.reject(error)
    this.#queue = []
    this.#options.failed(error)
  }
}

function planMutation(plan: Plan, { name, input }: Mutation): unknown {
  const planner = planners[name] as (plan: Plan, input: unknown) => unknown
  return planner(plan, input)
}
