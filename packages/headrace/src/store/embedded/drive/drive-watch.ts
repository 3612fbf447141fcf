import type { Clock } from '../../../core/runtime.ts'
import type { DriveHealth } from './drive-health.ts'
import { RecentErrors } from './recent-errors.ts'
import { RecentLatency } from './recent-latency.ts'
import type { CallKind } from './wrap-drive.ts'

/** Calls of up to so many bytes count in `readP95Ms` and `writeP95Ms`. */
const plainBytesMax = 1024 * 1024
/**
 * To compare calls of any size, their time is divided by how many times as long they may take: once, and once more for
 * each so many bytes, in which time a drive begins a call and gives its first byte (flash: 0.1 ms at 2 GB/s; an HDD: 8 ms
 * at 200 MB/s is more, so its large calls count for less than its small ones, on all HDDs alike).
 */
const bytesPerUnit = 256 * 1024
/** A large call must not hide that the drive is stuck. */
const unitsMax = 16

/** Reads, and what changes something: writes and syncs. */
export type MeasuredKind = Exclude<CallKind, 'close'>

/** Measures the calls on a drive. It allocates nothing for a call that succeeds. */
export class DriveWatch implements DriveHealth {
  readonly #clock: Clock
  readonly #gateWaiting: () => number
  /** Calls on the drive, each in a place of its own. */
  readonly #startedMs: Float64Array
  readonly #bytes: Float64Array
  readonly #kinds: CallKind[]
  readonly #free: number[]
  /** As they were. */
  readonly #plain = { read: new RecentLatency(), write: new RecentLatency() }
  /** Made comparable. */
  readonly #perUnit = { read: new RecentLatency(), write: new RecentLatency() }
  readonly #errors = new RecentErrors()
  #judge: () => boolean = () => false

  constructor(clock: Clock, { callsMax, waiting }: { callsMax: number; waiting: () => number }) {
    this.#clock = clock
    this.#gateWaiting = waiting
    this.#startedMs = new Float64Array(callsMax)
    this.#bytes = new Float64Array(callsMax)
    this.#kinds = new Array<CallKind>(callsMax).fill('close')
    this.#free = Array.from({ length: callsMax }, (_, place) => place)
  }

  /** @returns the place of the call, for `end` or `fail` */
  begin(kind: CallKind, bytes: number): number {
    const place = this.#free.pop()
    if (place === undefined) throw new RangeError('more calls on a drive than there are places for')
    this.#startedMs[place] = this.#clock.monotonic()
    this.#bytes[place] = bytes
    this.#kinds[place] = kind
    return place
  }

  end(place: number): void {
    const nowMs = this.#clock.monotonic()
    const kind = this.#kinds[place] as CallKind
    this.#free.push(place)
    if (kind === 'close') return
    const ms = nowMs - (this.#startedMs[place] as number)
    const bytes = this.#bytes[place] as number
    this.#perUnit[kind].record(ms / units(bytes), nowMs)
    // What moves no bytes, such as `open`, would make reads look faster than they are.
    if (bytes > 0 && bytes <= plainBytesMax) this.#plain[kind].record(ms, nowMs)
  }

  /** A call that failed took its time, too. */
  fail(place: number, error: unknown): void {
    this.end(place)
    this.#errors.record(error, this.#clock.monotonic())
  }

  get isSlow(): boolean {
    return this.#judge()
  }

  get readP50Ms(): number {
    return this.#plain.read.quantile(0.5)
  }

  get readP95Ms(): number {
    return this.#plain.read.quantile(0.95)
  }

  get writeP50Ms(): number {
    return this.#plain.write.quantile(0.5)
  }

  get writeP95Ms(): number {
    return this.#plain.write.quantile(0.95)
  }

  get inFlight(): number {
    return this.#startedMs.length - this.#free.length
  }

  get waiting(): number {
    return this.#gateWaiting()
  }

  get oldestCallMs(): number {
    const nowMs = this.#clock.monotonic()
    return this.#longest((place) => nowMs - (this.#startedMs[place] as number))
  }

  errors(): ReadonlyMap<string, number> {
    return this.#errors.byCode(this.#clock.monotonic())
  }

  /** Who says whether the drive is slow: that takes more drives than this one. */
  judgedBy(judge: () => boolean): void {
    this.#judge = judge
  }

  /** p95 of recent calls of any size, comparable between drives; undefined when there were fewer than that. */
  comparableP95Ms(kind: MeasuredKind, callsMin: number): number | undefined {
    const latency = this.#perUnit[kind]
    return latency.count < callsMin ? undefined : latency.quantile(0.95)
  }

  /** Age of the longest call; one that moves more than 1 MiB may take as many times as long. */
  comparableAgeMs(kind: MeasuredKind): number {
    if (this.inFlight === 0) return 0
    const nowMs = this.#clock.monotonic()
    return this.#longest((place) => {
      if (this.#kinds[place] !== kind) return 0
      const times = Math.max(1, (this.#bytes[place] as number) / plainBytesMax)
      return (nowMs - (this.#startedMs[place] as number)) / Math.min(times, unitsMax)
    })
  }

  /** Forgets how long calls took. */
  reset(): void {
    for (const latencies of [this.#plain, this.#perUnit]) {
      latencies.read.reset()
      latencies.write.reset()
    }
  }

  #longest(age: (place: number) => number): number {
    let longestMs = 0
    for (let place = 0; place < this.#startedMs.length; place += 1) {
      if (!this.#free.includes(place)) longestMs = Math.max(longestMs, age(place))
    }
    return longestMs
  }
}

function units(bytes: number): number {
  return Math.min(1 + bytes / bytesPerUnit, unitsMax)
}
