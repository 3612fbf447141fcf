import type { Cancel, Clock } from '../../../core/runtime.ts'
import type { DatabaseName } from '../index/databases.ts'
import { newestSeq } from '../index/entries.ts'
import type { Index, IndexItem, IndexWrite, ScanRange } from '../index/index.ts'
import { isIndexDamage } from '../index/lmdb-index.ts'

/** Writes that wait for another replica may take so much memory; more are applied at once, whatever it costs. */
const queueBytesMax = 64 * 1024 * 1024
/** While there are commits, a replica may be behind by this much time. */
const lagMsMax = 2_000
/** Of what waits, this much is applied in one turn. */
const sliceBytes = 512 * 1024
const turnMs = 10

/** The index of one drive, as one of several that are equal. */
export interface Replica {
  readonly device: number
  /** Where gateways open it. */
  readonly path: string
  readonly index: Index
}

export interface ReplicatedIndexOptions {
  /** Answers; the others are equal at the beginning. */
  readonly primary: Replica
  readonly others?: readonly Replica[]
  readonly clock: Clock
  /** Another replica answers from now on. */
  readonly moved: (primary: Replica) => void
  /** A replica is damaged or cannot be written, and is not used any more: it is to be closed. */
  readonly failed: (replica: Replica, error: unknown) => void
  /** The replica that answers is damaged, and there is no other. */
  readonly exhausted: (error: unknown) => void
  readonly queueBytesMax?: number
}

/** A replica that is to come: commits are kept for it. */
export interface ReservedPlace {
  /** The last commit that is not kept, which the replica has to have. */
  readonly afterSeq: number
  /** @throws Error when it took too long: more had to be kept than may be */
  fill(replica: Replica): void
  cancel(): void
}

interface QueuedBatch {
  readonly writes: readonly IndexWrite[]
  readonly bytes: number
  readonly sinceMs: number
}

/** A replica that does not answer, and what it is behind by. */
class Follower {
  readonly #bytesMax: number
  #queue: QueuedBatch[] = []
  /** Undefined while it is being made. */
  replica: Replica | undefined
  queuedBytes = 0

  constructor(replica: Replica | undefined, bytesMax: number) {
    this.replica = replica
    this.#bytesMax = bytesMax
  }

  get isFull(): boolean {
    return this.queuedBytes > this.#bytesMax
  }

  get isEmpty(): boolean {
    return this.#queue.length === 0
  }

  isLate(nowMs: number): boolean {
    const [oldest] = this.#queue
    return oldest !== undefined && nowMs - oldest.sinceMs > lagMsMax
  }

  push(writes: readonly IndexWrite[], nowMs: number): void {
    let bytes = 0
    for (const { key, value } of writes) bytes += key.length + (value?.length ?? 0)
    this.#queue.push({ writes, bytes, sinceMs: nowMs })
    this.queuedBytes += bytes
  }

  /** Applies the oldest of what waits, some batches in one transaction. */
  applySlice({ index }: Replica): void {
    let count = 0
    let bytes = 0
    while (count < this.#queue.length && bytes < sliceBytes) {
      bytes += (this.#queue[count] as QueuedBatch).bytes
      count += 1
    }
    index.apply(this.#queue.slice(0, count).flatMap(({ writes }) => writes))
    this.#queue.splice(0, count)
    this.queuedBytes -= bytes
  }
}

/**
 * The index on several drives. One replica, the primary, answers and has every commit at once; the others follow within
 * seconds, in turns when nothing else is to be done, so that commits cost what they cost with one. When the primary is
 * damaged or lost, the next one catches up and takes its place, in the middle of a read if need be.
 */
export class ReplicatedIndex implements Index {
  readonly #options: ReplicatedIndexOptions
  readonly #queueBytesMax: number
  #primary: Replica
  #followers: readonly Follower[]
  #isBusy = false
  #turn: Cancel | undefined

  constructor(options: ReplicatedIndexOptions) {
    this.#options = options
    this.#queueBytesMax = options.queueBytesMax ?? queueBytesMax
    this.#primary = options.primary
    this.#followers = (options.others ?? []).map((replica) => new Follower(replica, this.#queueBytesMax))
  }

  get primary(): Replica {
    return this.#primary
  }

  /** Devices whose replica can take the place of the primary, and its own. */
  get devices(): readonly number[] {
    const others = this.#followers.flatMap(({ replica }) => (replica === undefined ? [] : [replica.device]))
    return [this.#primary.device, ...others]
  }

  /** Bytes that are to be applied to the replica that is most behind. */
  get queuedBytes(): number {
    return Math.max(0, ...this.#followers.map((follower) => follower.queuedBytes))
  }

  refresh(): void {
    this.#primary.index.refresh()
  }

  get(database: DatabaseName, key: Buffer): Buffer | undefined {
    for (;;) {
      const primary = this.#primary
      try {
        return primary.index.get(database, key)
      } catch (error) {
        if (!this.#goOn(primary, error)) throw error
      }
    }
  }

  /** When the primary fails in the middle, the next one goes on behind the last key: it has the same commits. */
  *scan(database: DatabaseName, range: ScanRange): Generator<IndexItem, void, undefined> {
    let given = 0
    let last: Buffer | undefined
    for (;;) {
      const primary = this.#primary
      const limit = range.limit === undefined ? undefined : range.limit - given
      const from = last === undefined ? range.from : Buffer.concat([last, Buffer.alloc(1)])
      if (limit === 0) return
      try {
        for (const item of primary.index.scan(database, { ...range, from, ...(limit !== undefined && { limit }) })) {
          last = item.key
          given += 1
          yield item
        }
        return
      } catch (error) {
        if (!this.#goOn(primary, error)) throw error
      }
    }
  }

  /** @throws what the last replica fails with */
  apply(writes: readonly IndexWrite[]): void {
    for (let isApplied = false; !isApplied; ) {
      const primary = this.#primary
      try {
        primary.index.apply(writes)
        isApplied = true
      } catch (error) {
        // Whatever it is: what is in the journal has to be in the index.
        if (this.#replace(primary, error)) continue
        if (isIndexDamage(error)) this.#options.exhausted(error)
        throw error
      }
    }
    const nowMs = this.#options.clock.monotonic()
    this.#isBusy = true
    for (const follower of this.#followers) {
      follower.push(writes, nowMs)
      while (follower.isFull && this.#followers.includes(follower)) this.#applySlice(follower)
    }
    this.#scheduleTurn()
  }

  /**
   * Whoever reads the index elsewhere has found it damaged.
   * @param path where it was read; another than that of the primary is of no interest any more
   */
  reportDamage(error: unknown, path = this.#primary.path): void {
    if (path === this.#primary.path && !this.#replace(this.#primary, error)) this.#options.exhausted(error)
  }

  /** Keeps the commits to come for a replica that is being made. */
  reserve(): ReservedPlace {
    this.refresh()
    const follower = new Follower(undefined, this.#queueBytesMax)
    this.#followers = [...this.#followers, follower]
    return {
      afterSeq: newestSeq(this),
      fill: (replica) => {
        if (!this.#followers.includes(follower)) throw new Error('the replica took too long to be made')
        follower.replica = replica
      },
      cancel: () => this.#remove(follower),
    }
  }

  /**
   * Uses the replica of a drive no more. Its owner closes it.
   * @returns false when it is the only one
   */
  drop(device: number, error: unknown): boolean {
    if (device === this.#primary.device) return this.#replace(this.#primary, error, false)
    for (const follower of this.#followers) if (follower.replica?.device === device) this.#remove(follower)
    return true
  }

  sizeBytes(): Promise<number> {
    return this.#primary.index.sizeBytes()
  }

  copyTo(path: string): Promise<void> {
    return this.#primary.index.copyTo(path)
  }

  /** Brings all replicas up, and makes them durable. */
  async sync(): Promise<void> {
    for (const follower of this.#followers) {
      while (!follower.isEmpty && follower.replica !== undefined && this.#followers.includes(follower)) {
        this.#applySlice(follower)
        await this.#options.clock.sleep(0)
      }
    }
    await this.#primary.index.sync()
    for (const { replica } of this.#followers) await replica?.index.sync()
  }

  /** Brings all replicas up. Their owner closes them. */
  async close(): Promise<void> {
    for (const follower of this.#followers) this.#applyAll(follower)
    this.#turn?.()
    this.#turn = undefined
  }

  /** @returns whether a read that failed is to be tried again */
  #goOn(primary: Replica, error: unknown): boolean {
    if (primary !== this.#primary) return true
    if (!isIndexDamage(error)) return false
    if (this.#replace(primary, error)) return true
    this.#options.exhausted(error)
    return false
  }

  /** @returns false when there is no other */
  #replace(primary: Replica, error: unknown, hasFailed = true): boolean {
    for (const follower of this.#followers) {
      const { replica } = follower
      if (replica === undefined || !this.#applyAll(follower)) continue
      this.#remove(follower)
      this.#primary = replica
      replica.index.refresh()
      if (hasFailed) this.#options.failed(primary, error)
      this.#options.moved(replica)
      return true
    }
    return false
  }

  /** @returns false when the replica failed */
  #applyAll(follower: Follower): boolean {
    while (!follower.isEmpty && this.#followers.includes(follower)) this.#applySlice(follower)
    return this.#followers.includes(follower)
  }

  #applySlice(follower: Follower): void {
    const { replica } = follower
    // Nothing can be applied to one that is still being made; it is begun anew later.
    if (replica === undefined) return this.#remove(follower)
    try {
      follower.applySlice(replica)
    } catch (error) {
      this.#remove(follower)
      this.#options.failed(replica, error)
    }
  }

  #remove(follower: Follower): void {
    this.#followers = this.#followers.filter((each) => each !== follower)
  }

  #scheduleTurn(): void {
    const isNeeded = this.#followers.some(({ replica, isEmpty }) => replica !== undefined && !isEmpty)
    if (isNeeded) this.#turn ??= this.#options.clock.after(turnMs, () => this.#takeTurn())
  }

  /** One replica in each turn: the one that is most behind. */
  #takeTurn(): void {
    this.#turn = undefined
    const nowMs = this.#options.clock.monotonic()
    const ready = this.#followers.filter(({ replica, isEmpty }) => replica !== undefined && !isEmpty)
    const due = this.#isBusy ? ready.filter((follower) => follower.isLate(nowMs)) : ready
    this.#isBusy = false
    const [next] = due.sort((a, b) => b.queuedBytes - a.queuedBytes)
    if (next !== undefined) this.#applySlice(next)
    this.#scheduleTurn()
  }
}
