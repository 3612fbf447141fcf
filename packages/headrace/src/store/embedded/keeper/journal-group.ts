import type { Clock } from '../../../core/runtime.ts'
import { type Drive, isWantOfSpace } from '../drive/drive.ts'
import { Journal } from './journal.ts'
import { type Outcome, settleTogether } from './settle-together.ts'

/** A drive that has not synced a record so long after the others is given up. */
const patienceMs = 2_000

/** What the keeper needs of the journal, be it on one drive or on several. */
export interface KeeperJournal {
  readonly term: number
  /**
   * Resolves when the record is durable. When it fails for want of space, nothing of it is left; after any other failure
   * it is not known what is on the drives, and the journal must not be used any more.
   */
  append(record: Buffer, firstSeq: number): Promise<void>
}

export interface JournalGroupOptions {
  /** Of this opening of the store. */
  readonly term: number
  readonly clock: Clock
  /** Drives that have every commit so far. */
  readonly members: readonly { readonly device: number; readonly drive: Drive }[]
  /**
   * A drive lacks the record that is being appended, or may lack it. Nothing is acknowledged until this has resolved, so
   * that the map says by then that the drive does not count.
   */
  readonly memberLost: (device: number, error: unknown) => Promise<void>
  /** Size at which a journal file is full. */
  readonly fileBytesMax?: number
}

interface Member {
  readonly device: number
  readonly journal: Journal
  /** It has every commit, with what else is on its drive; one that was just added has only those since. */
  isWhole: boolean
  /** Each ends waiting for something that is being done on it. */
  readonly waiting: Set<(error: unknown) => void>
}

/** What became of something on each drive; `done` with an error is want of space, and has left nothing behind. */
type Outcomes = ReadonlyMap<Member, Outcome<unknown>>

/**
 * The journals of several drives, which are appended to at the same time and have the same records. A drive that fails
 * or hangs is dropped from the group, which goes on as long as one is left that is whole.
 */
export class JournalGroup implements KeeperJournal {
  readonly term: number
  readonly #options: JournalGroupOptions
  #members: readonly Member[]
  #joining: { readonly member: Member; readonly joined: (afterSeq: number) => void }[] = []
  #isAppending = false
  /** First commit of the last record. */
  #appendedSeq = 0
  /** Until the map knows of all that were lost. */
  #losses: Promise<void> = Promise.resolve()

  constructor(options: JournalGroupOptions) {
    this.#options = options
    this.term = options.term
    this.#members = options.members.map(({ device, drive }) => this.#member(device, drive, true))
  }

  /** Devices that are appended to, from the lowest. */
  get devices(): readonly number[] {
    return this.#members.map(({ device }) => device).sort((a, b) => a - b)
  }

  /** Bytes appended since the journals were opened or cut; of the longest. */
  get bytesSinceCut(): number {
    return Math.max(0, ...this.#members.map(({ journal }) => journal.bytesSinceCut))
  }

  /** Files since the last cut: every opening of the store begins a new one. */
  get filesSinceCut(): number {
    return Math.max(0, ...this.#members.map(({ journal }) => journal.filesSinceCut))
  }

  /** Counts what earlier processes have left. */
  async open(): Promise<void> {
    const outcomes = await this.#onAll(this.#members, (journal) => journal.open())
    await this.#lose([...outcomes].filter(([, { state }]) => state !== 'done'))
  }

  /** As `KeeperJournal` says. Resolves when every drive of the group has the record, and the map knows of those lost. */
  async append(record: Buffer, firstSeq: number): Promise<void> {
    this.#isAppending = true
    try {
      const outcomes = await this.#onAll(this.#members, (journal) => journal.append(record, firstSeq))
      const [full] = [...outcomes].filter(([{ isWhole }, outcome]) => isWhole && isFull(outcome))
      const lost = [...outcomes].filter(
        ([{ isWhole }, outcome]) => outcome.state !== 'done' || (isFull(outcome) && !isWhole),
      )
      if (full !== undefined) lost.push(...(await this.#takeOff(outcomes)))
      await this.#lose(lost)
      if (full !== undefined) throw errorOf(full[1])
      this.#appendedSeq = firstSeq
    } finally {
      this.#isAppending = false
      this.#admit()
    }
  }

  /**
   * A record that found no space on one drive is taken off the others, too.
   * @returns drives that may still have it
   */
  async #takeOff(outcomes: Outcomes): Promise<[Member, Outcome<unknown>][]> {
    const synced = [...outcomes].filter(([, outcome]) => outcome.state === 'done' && !isFull(outcome))
    const taken = await this.#onAll(
      synced.map(([member]) => member),
      (journal) => journal.takeOff(),
    )
    return [...taken].filter(([, { state }]) => state !== 'done')
  }

  /**
   * Appends to a drive as well, from the next record on.
   * @returns records up to this commitSeq the drive has to get in another way, before `markWhole`
   */
  addMember(device: number, drive: Drive): Promise<number> {
    const member = this.#member(device, drive, false)
    return new Promise((joined) => {
      this.#joining.push({ member, joined })
      if (!this.#isAppending) this.#admit()
    })
  }

  /** A drive that was added has every commit by now, and the map names it. */
  markWhole(device: number): void {
    const member = this.#find(device)
    if (member !== undefined) member.isWhole = true
  }

  has(device: number): boolean {
    return this.#find(device) !== undefined
  }

  /**
   * Appends to a drive no more: it was lost, or is not needed. Resolves when the map knows.
   * @throws Error when it is the last one that is whole
   */
  async drop(device: number, error: unknown): Promise<void> {
    const member = this.#find(device)
    await this.#lose(member === undefined ? [] : [[member, { state: 'failed', error }]])
  }

  /** Removes the files whose records are all in a snapshot up to `seq`: of every drive, or of one. */
  async cut(seq: number, device?: number): Promise<void> {
    const members = this.#members.filter((member) => device === undefined || member.device === device)
    for (const outcome of (await this.#onAll(members, (journal) => journal.cut(seq))).values()) {
      if (outcome.state !== 'done') throw errorOf(outcome)
    }
  }

  async close(): Promise<void> {
    await this.#losses.catch(() => {})
    await Promise.allSettled(this.#members.map(({ journal }) => journal.close()))
  }

  #member(device: number, drive: Drive, isWhole: boolean): Member {
    const journal = new Journal(drive, this.term, this.#options.fileBytesMax)
    return { device, journal, isWhole, waiting: new Set() }
  }

  #find(device: number): Member | undefined {
    return this.#members.find((member) => member.device === device)
  }

  #admit(): void {
    for (const { member, joined } of this.#joining.splice(0)) {
      this.#members = [...this.#members, member]
      joined(this.#appendedSeq)
    }
  }

  /** Does the same on several drives; those that fail or hang do not hold up the others. */
  async #onAll(members: readonly Member[], action: (journal: Journal) => Promise<void>): Promise<Outcomes> {
    const tasks = members.map((member) => {
      const { promise, resolve, reject } = Promise.withResolvers<unknown>()
      member.waiting.add(reject)
      action(member.journal)
        .then(resolve, (error) => (isWantOfSpace(error) ? resolve(error) : reject(error)))
        .finally(() => member.waiting.delete(reject))
      return { work: promise, counts: member.isWhole }
    })
    const outcomes = await settleTogether(tasks, { clock: this.#options.clock, patienceMs })
    return new Map(members.map((member, index) => [member, outcomes[index] as Outcome<unknown>]))
  }

  /**
   * Drops drives from the group. Resolves when the map knows of these, and of all that were lost before.
   * @throws Error that is no want of space when none is left that is whole; the map stays as it is then, for it names
   * those that have every commit that was acknowledged
   */
  async #lose(lost: readonly [Member, Outcome<unknown>][]): Promise<void> {
    const members = this.#members.filter((member) => !lost.some(([each]) => each === member))
    if (!members.some(({ isWhole }) => isWhole)) {
      const cause = lost.filter(([{ isWhole }]) => isWhole).map(([, outcome]) => errorOf(outcome))
      if (this.#members.length === 1) throw cause[0]
      throw new Error('no drive is left that has the journal', { cause: cause[0] })
    }
    for (const [member, outcome] of lost) {
      if (!this.#members.includes(member)) continue
      const error = errorOf(outcome)
      member.journal.abandon()
      for (const giveUp of member.waiting) giveUp(error)
      this.#losses = this.#losses.then(() => this.#options.memberLost(member.device, error))
      // Whoever appends next hears of it as well.
      this.#losses.catch(() => {})
    }
    this.#members = this.#members.filter((member) => members.includes(member))
    await this.#losses
  }
}

function isFull(outcome: Outcome<unknown>): boolean {
  return outcome.state === 'done' && isWantOfSpace(outcome.value)
}

function errorOf(outcome: Outcome<unknown>): unknown {
  if (outcome.state === 'late') return new Error('the drive did not answer in time')
  return outcome.state === 'failed' ? outcome.error : outcome.value
}
