import { ReplacedDriveError, WrongDriveError } from '../drive/check-drive.ts'
import { systemCode } from '../drive/drive.ts'
import { SplitStoreError } from '../placement/choose-map.ts'
import type { MapDevice } from '../placement/store-map.ts'

/** What is to be changed in the map. */
export type DriveDecision =
  | { readonly kind: 'down'; readonly device: number; readonly sinceMs: number; readonly reason: string }
  /** It was down for too long: its chunks belong elsewhere. */
  | { readonly kind: 'out'; readonly device: number }
  /** Up, and in again when it was out. */
  | { readonly kind: 'up'; readonly device: number }

/** These do not go away by trying again. */
const fatalCodes = new Set(['ENOENT', 'ENOTDIR', 'EROFS', 'ENODEV', 'ENXIO', 'EACCES', 'EPERM'])
const failedChecksMax = 2
/** The drive itself, or the file system on it, is going. */
const hardwareCodes = new Set(['EIO', 'ENXIO', 'EREMOTEIO', 'EBADMSG', 'EUCLEAN', 'ETIMEDOUT'])
const errorsMax = 20
const errorsMs = 60_000
/** Good checks in a row until a drive is up again; many more where checks passed while other calls failed. */
const passesNeeded = { afterFailedChecks: 3, afterErrors: 60 } as const
/** A drive that comes and goes needs twice as many each time within an hour, up to a thousand. */
const relapseMs = 3_600_000
const passesNeededMax = 1_000
/** A server that begins with a drive that was down for long gives it so much time to appear. */
const patienceMs = 60_000

type State =
  | { readonly state: 'up'; failedChecks: number }
  | {
      readonly state: 'down'
      reason: string
      /** Of the wall clock. */
      readonly sinceMs: number
      /** Of the monotonic clock. */
      readonly outAtMs: number
      readonly passesNeeded: number
      passes: number
    }

/** Wall clock and monotonic clock, in milliseconds. */
export interface Moment {
  readonly nowMs: number
  readonly monotonicMs: number
}

/**
 * Whether one drive is up, from what checks of it say and which errors others had: it does no I/O. The map may lag behind
 * it: `decide` says what is to be changed there, until it is.
 */
export class DriveJudgement {
  readonly #graceMs: number
  #state: State = { state: 'up', failedChecks: 0 }
  /** Of the monotonic clock. */
  readonly #downsMs: number[] = []
  readonly #errorsMs: number[] = []

  /** Begins with what the map says. */
  constructor(device: MapDevice, graceMs: number, now: Moment) {
    this.#graceMs = graceMs
    if (!device.isUp) {
      const sinceMs = device.downSinceMs ?? now.nowMs
      const restMs = graceMs - Math.max(0, now.nowMs - sinceMs)
      const outAtMs = now.monotonicMs + Math.max(restMs, Math.min(patienceMs, graceMs))
      const reason = 'it was down when the server started'
      this.#state = { state: 'down', reason, sinceMs, outAtMs, passesNeeded: passesNeeded.afterFailedChecks, passes: 0 }
    }
  }

  /** Why the drive is down; undefined when it is up. */
  get reason(): string | undefined {
    return this.#state.state === 'down' ? this.#state.reason : undefined
  }

  passed(): void {
    if (this.#state.state === 'up') {
      this.#state.failedChecks = 0
      return
    }
    this.#state.passes += 1
    if (this.#state.passes >= this.#state.passesNeeded) {
      this.#errorsMs.length = 0
      this.#state = { state: 'up', failedChecks: 0 }
    }
  }

  failed(error: unknown, now: Moment): void {
    if (this.#state.state === 'down') {
      this.#state.passes = 0
      // It does not come back by itself: whoever looks why it is down has to know.
      if (error instanceof SplitStoreError) this.#state.reason = error.message
      return
    }
    this.#state.failedChecks += 1
    if (isFatal(error) || this.#state.failedChecks >= failedChecksMax) {
      this.#goDown((error as Error).message, passesNeeded.afterFailedChecks, now)
    }
  }

  /** A check takes too long. */
  late(afterMs: number, now: Moment): void {
    if (this.#state.state === 'down') this.#state.passes = 0
    else this.#goDown(`it did not answer for ${afterMs / 1_000} s`, passesNeeded.afterFailedChecks, now)
  }

  /** A call of somebody else failed. Many such errors count, though checks pass. */
  trouble(error: unknown, now: Moment): void {
    if (this.#state.state === 'down' || !hardwareCodes.has(systemCode(error) ?? '')) return
    forgetBefore(this.#errorsMs, now.monotonicMs - errorsMs)
    this.#errorsMs.push(now.monotonicMs)
    if (this.#errorsMs.length < errorsMax) return
    this.#goDown(
      `${errorsMax} calls failed within a minute: ${(error as Error).message}`,
      passesNeeded.afterErrors,
      now,
    )
  }

  /** What is to be changed in the map about this drive, if anything. */
  decide(device: MapDevice, now: Moment): DriveDecision | undefined {
    const state = this.#state
    if (state.state === 'up') {
      return device.isUp && device.membership !== 'out' ? undefined : { kind: 'up', device: device.id }
    }
    if (device.isUp) return { kind: 'down', device: device.id, sinceMs: state.sinceMs, reason: state.reason }
    // One that leaves has nothing that belongs on it.
    if (device.membership === 'in' && now.monotonicMs >= state.outAtMs) return { kind: 'out', device: device.id }
    return undefined
  }

  #goDown(reason: string, passes: number, now: Moment): void {
    forgetBefore(this.#downsMs, now.monotonicMs - relapseMs)
    const relapses = this.#downsMs.length
    this.#downsMs.push(now.monotonicMs)
    this.#state = {
      state: 'down',
      reason,
      sinceMs: now.nowMs,
      outAtMs: now.monotonicMs + this.#graceMs,
      passesNeeded: Math.min(passes * 2 ** relapses, passesNeededMax),
      passes: 0,
    }
  }
}

function isFatal(error: unknown): boolean {
  const isOther = error instanceof WrongDriveError || error instanceof ReplacedDriveError
  return isOther || fatalCodes.has(systemCode(error) ?? '')
}

function forgetBefore(times: number[], beforeMs: number): void {
  while (times.length > 0 && (times[0] as number) <= beforeMs) times.shift()
}
