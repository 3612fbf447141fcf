import type { Clock } from '../core/runtime.ts'

/** Background work as it stands: plain data, for those who ask. */
export interface WorkStatus {
  readonly name: string
  /** `waiting`: there is something to do, and it cannot be done now. */
  readonly state: 'idle' | 'working' | 'waiting' | 'failed'
  /** Of the run that is under way, or of the last one. It names the run: each begins later than those before it. */
  readonly startedMs: number | null
  /** `null` while the run is under way. */
  readonly finishedMs: number | null
  readonly doneBytes: number
  /** `null` as long as nobody knows how much there is to do. */
  readonly totalBytes: number | null
  readonly rateBytesPerS: number
  readonly etaMs: number | null
  /** A few words about what it does, what it waits for, or why it failed. */
  readonly note: string
}

/** The rate is that of so many seconds. */
const rateSeconds = 10

/** How far a run of background work has come. */
export class Progress {
  readonly name: string
  readonly #clock: Clock
  #startedMs: number | undefined
  #finishedMs: number | undefined
  #doneBytes = 0
  #totalBytes: number | undefined
  #isWaiting = false
  #note = ''
  /** Bytes by second of the monotonic clock, the newest last. */
  readonly #seconds: { readonly second: number; bytes: number }[] = []

  constructor(name: string, clock: Clock) {
    this.name = name
    this.#clock = clock
  }

  /** @returns when the run began: later than those before it */
  begin(note: string): number {
    this.#startedMs = Math.max(this.#clock.now(), (this.#startedMs ?? 0) + 1)
    this.#finishedMs = undefined
    this.#doneBytes = 0
    this.#totalBytes = undefined
    this.#seconds.length = 0
    this.#isWaiting = false
    this.#note = note
    return this.#startedMs
  }

  note(note: string): void {
    this.#note = note
  }

  expect(totalBytes: number): void {
    this.#totalBytes = totalBytes
  }

  add(bytes: number): void {
    this.#doneBytes += bytes
    const second = Math.floor(this.#clock.monotonic() / 1000)
    const last = this.#seconds.at(-1)
    if (last?.second === second) last.bytes += bytes
    else this.#seconds.push({ second, bytes })
    if (this.#seconds.length > rateSeconds) this.#seconds.shift()
  }

  /** @param isWaiting something is left that cannot be done now */
  finish(note: string, { isWaiting = false } = {}): void {
    this.#finishedMs = Math.max(this.#clock.now(), this.#startedMs ?? 0)
    this.#isWaiting = isWaiting
    this.#note = note
  }

  /** Whether a run is under way. */
  get isUnderWay(): boolean {
    return this.#startedMs !== undefined && this.#finishedMs === undefined
  }

  get startedMs(): number {
    return this.#startedMs ?? 0
  }

  status(): WorkStatus {
    const rateBytesPerS = this.isUnderWay ? this.#rate() : 0
    const left = this.#totalBytes === undefined ? undefined : Math.max(0, this.#totalBytes - this.#doneBytes)
    const canTell = this.isUnderWay && left !== undefined && rateBytesPerS > 0
    return {
      name: this.name,
      state: this.isUnderWay ? 'working' : this.#isWaiting ? 'waiting' : 'idle',
      startedMs: this.#startedMs ?? null,
      finishedMs: this.#finishedMs ?? null,
      doneBytes: this.#doneBytes,
      totalBytes: this.#totalBytes ?? null,
      rateBytesPerS,
      etaMs: canTell ? Math.round((left / rateBytesPerS) * 1000) : null,
      note: this.#note,
    }
  }

  #rate(): number {
    const nowMs = this.#clock.monotonic()
    const fromSecond = nowMs / 1000 - rateSeconds
    const recent = this.#seconds.filter(({ second }) => second > fromSecond)
    const first = recent[0]
    if (first === undefined) return 0
    const bytes = recent.reduce((sum, entry) => sum + entry.bytes, 0)
    return bytes / Math.max(1, nowMs / 1000 - first.second)
  }
}
