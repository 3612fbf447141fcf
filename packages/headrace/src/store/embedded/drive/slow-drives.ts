import type { Cancel, Clock } from '../../../core/runtime.ts'
import { checkWrites, readDeviceFile } from './check-drive.ts'
import type { Drive } from './drive.ts'
import type { DriveWatch, MeasuredKind } from './drive-watch.ts'

/** A drive is slow when it takes more than so many times as long as its peers. */
const outlierFactor = 3
/** Fewer calls have no p95 worth the name. */
const callsMin = 10
/**
 * What counts as long at all, in milliseconds. One call that hangs says less than a p95, and syncs of healthy drives take
 * a tenth of a second now and then: passing over a drive for one of them would leave chunks to heal.
 */
const floorsMs = {
  read: { p95: 10, oldestCall: 75, probe: 25 },
  write: { p95: 40, oldestCall: 400, probe: 200 },
} as const satisfies Record<MeasuredKind, object>
const kinds = ['read', 'write'] as const satisfies readonly MeasuredKind[]

/** Looking for calls that hang costs next to nothing; a p95 is added up. */
const hangsJudgeMs = 10
const callsJudgeMs = 200
const probeMs = 500
/** Good probes in a row that make a slow drive normal again. */
const probesNeeded = 3
/** A drive that is slow again within a minute needs twice as many as the time before, up to 48 s of them. */
const relapseMs = 60_000
const probesNeededMax = 96

/** A small read, or a small write with a sync, on the drive. */
export type Probe = (kind: MeasuredKind) => Promise<unknown>

/** @param name of the file that it writes: no two processes may probe with the same */
export function probeOf(drive: Drive, name: string): Probe {
  return (kind) => (kind === 'read' ? readDeviceFile(drive) : checkWrites(drive, name))
}

type Verdict =
  | { readonly verdict: 'normal'; readonly sinceMs: number }
  | { readonly verdict: 'slow'; readonly kind: MeasuredKind; goodProbes: number; isProbing: boolean; stop: Cancel }

interface Judged {
  readonly watch: DriveWatch
  readonly probe: Probe
  probesNeeded: number
  state: Verdict
}

/**
 * Says which drives are slow: outliers by the p95 of their recent calls, or by the age of the oldest call under way, so
 * that a drive that hangs is found before its calls return. Peers are the other drives; a figure is compared with the
 * median of theirs, and at most a third of all drives are slow. It is worked out when somebody asks, and now and then; a
 * timer runs only as long as a drive is slow.
 */
export class SlowDrives {
  readonly #clock: Clock
  readonly #drives = new Map<number, Judged>()
  #hangsJudgedMs = Number.NEGATIVE_INFINITY
  #callsJudgedMs = Number.NEGATIVE_INFINITY

  constructor(clock: Clock) {
    this.#clock = clock
  }

  add(device: number, watch: DriveWatch, probe: Probe): void {
    const state: Verdict = { verdict: 'normal', sinceMs: Number.NEGATIVE_INFINITY }
    this.#drives.set(device, { watch, probe, probesNeeded, state })
    watch.judgedBy(() => this.isSlow(device))
  }

  remove(device: number): void {
    const drive = this.#drives.get(device)
    if (drive?.state.verdict === 'slow') drive.state.stop()
    this.#drives.delete(device)
  }

  close(): void {
    for (const device of [...this.#drives.keys()]) this.remove(device)
  }

  isSlow(device: number): boolean {
    const nowMs = this.#clock.monotonic()
    if (nowMs >= this.#hangsJudgedMs + hangsJudgeMs) {
      this.#hangsJudgedMs = nowMs
      this.#judge((drive, kind) => this.#hangs(drive, kind), nowMs)
    }
    if (nowMs >= this.#callsJudgedMs + callsJudgeMs) {
      this.#callsJudgedMs = nowMs
      this.#judge((drive, kind) => this.#isOutlier(drive, kind), nowMs)
    }
    return this.#drives.get(device)?.state.verdict === 'slow'
  }

  #judge(isSlow: (drive: Judged, kind: MeasuredKind) => boolean, nowMs: number): void {
    for (const drive of this.#drives.values()) {
      if (drive.state.verdict === 'slow') continue
      const kind = kinds.find((kind) => isSlow(drive, kind))
      if (kind === undefined || !this.#mayBeSlow()) continue
      const isRelapse = nowMs - drive.state.sinceMs < relapseMs
      drive.probesNeeded = isRelapse ? Math.min(drive.probesNeeded * 2, probesNeededMax) : probesNeeded
      const stop = this.#clock.every(probeMs, () => this.#probe(drive))
      drive.state = { verdict: 'slow', kind, goodProbes: 0, isProbing: false, stop }
    }
  }

  /** When most are slow, none of them is an outlier, whichever came first. */
  #mayBeSlow(): boolean {
    const slow = [...this.#drives.values()].filter(({ state }) => state.verdict === 'slow').length
    return slow < Math.max(1, Math.floor(this.#drives.size / 3))
  }

  /** By the oldest call. A peer of which nothing is known has nothing that hangs. */
  #hangs(drive: Judged, kind: MeasuredKind): boolean {
    const oldestMs = drive.watch.comparableAgeMs(kind)
    if (oldestMs <= floorsMs[kind].oldestCall) return false
    const figures = this.#peers(drive).map(({ watch }) =>
      Math.max(watch.comparableP95Ms(kind, callsMin) ?? 0, watch.comparableAgeMs(kind)),
    )
    return figures.length > 0 && oldestMs > outlierFactor * upperMedian(figures)
  }

  /** By the p95 of its calls. At least half of its peers must have had calls to compare with. */
  #isOutlier(drive: Judged, kind: MeasuredKind): boolean {
    const p95Ms = drive.watch.comparableP95Ms(kind, callsMin)
    if (p95Ms === undefined || p95Ms <= floorsMs[kind].p95) return false
    const peers = this.#peers(drive).map(({ watch }) => watch.comparableP95Ms(kind, callsMin))
    const known = peers.filter((p95) => p95 !== undefined)
    return known.length > 0 && known.length * 2 >= peers.length && p95Ms > outlierFactor * upperMedian(known)
  }

  #peers(drive: Judged): Judged[] {
    return [...this.#drives.values()].filter((other) => other !== drive)
  }

  #probe(drive: Judged): void {
    const { state } = drive
    if (state.verdict !== 'slow') return
    if (state.isProbing) {
      state.goodProbes = 0
      return
    }
    const startedMs = this.#clock.monotonic()
    state.isProbing = true
    drive.probe(state.kind).then(
      () => this.#probed(drive, state, this.#clock.monotonic() - startedMs),
      () => this.#probed(drive, state, Number.POSITIVE_INFINITY),
    )
  }

  #probed(drive: Judged, state: Verdict & { verdict: 'slow' }, tookMs: number): void {
    state.isProbing = false
    const p95s = this.#peers(drive).map(({ watch }) => watch.comparableP95Ms(state.kind, callsMin) ?? 0)
    const isGood = tookMs <= Math.max(floorsMs[state.kind].probe, outlierFactor * upperMedian(p95s))
    state.goodProbes = isGood ? state.goodProbes + 1 : 0
    if (state.goodProbes < drive.probesNeeded || drive.state !== state) return
    state.stop()
    drive.watch.reset()
    drive.state = { verdict: 'normal', sinceMs: this.#clock.monotonic() }
  }
}

/** Of an even number, the higher of the two in the middle. */
function upperMedian(figures: readonly number[]): number {
  return [...figures].sort((a, b) => a - b)[Math.floor(figures.length / 2)] ?? 0
}
