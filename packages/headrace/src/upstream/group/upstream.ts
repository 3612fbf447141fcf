import type { Runtime } from '../../core/runtime.ts'
import type { UpstreamClient, UpstreamReply, UpstreamRequest } from '../exchange.ts'
import type { Lease, LeaseWish } from '../lease.ts'
import type { BodyPace } from './body-pace.ts'
import type { NamedOrigin } from './discovery/origin.ts'
import { exchangeClassOf } from './figures/exchange-class.ts'
import { type UnderWay, UpstreamFigures } from './figures/upstream-figures.ts'
import type { UsualTimes } from './figures/usual-times.ts'
import type { GroupEvents } from './group-events.ts'
import type { UpstreamStatus } from './group-status.ts'
import { Checker } from './health/checker.ts'
import { type HealthCheck, runCheck } from './health/health-check.ts'
import type { PeerFigures } from './health/outliers.ts'
import { Standing } from './health/standing.ts'
import type { GroupOptions } from './options.ts'
import { type Place, Places } from './places.ts'
import { type ExchangeObserver, trackedExchange } from './tracked-exchange.ts'
import { UpstreamLease } from './upstream-lease.ts'

export interface UpstreamSurroundings extends Pick<Runtime, 'clock' | 'random'> {
  readonly group: string
  readonly origin: NamedOrigin
  readonly client: UpstreamClient
  /** Undefined: it is judged by what becomes of requests alone. */
  readonly check: HealthCheck | undefined
  readonly options: GroupOptions
  readonly usual: UsualTimes
  readonly pace: BodyPace
  readonly events: GroupEvents
  /** It joins others that are at work already, and so begins slowly. */
  readonly isLate: boolean
  /** An exchange ended, or a lease: its group may want to do something. */
  readonly ended: (upstream: Upstream) => void
  /** It can be used now, or cannot any more. */
  readonly changed: () => void
}

/** One upstream of a group: what it has under way, what is known of it, and whether it may be used. */
export class Upstream {
  readonly figures: UpstreamFigures
  readonly standing: Standing
  readonly places: Places
  readonly #with: UpstreamSurroundings
  readonly #checker: Checker | undefined

  constructor(surroundings: UpstreamSurroundings) {
    const { group, origin, options, random, clock, usual, events, check, isLate, changed } = surroundings
    const names = { group, upstream: origin.name }
    this.#with = surroundings
    this.figures = new UpstreamFigures({ ...options.outlier, decayMs: options.selection.decayMs }, usual)
    this.standing = new Standing({
      ...options,
      clock,
      isChecked: check !== undefined,
      isLate,
      changed: (from, to, reason) => {
        events.stateChanged({ ...names, from, to, reason })
        changed()
      },
    })
    this.places = new Places({
      ...options,
      clock,
      random,
      breakerChanged: (bucket, from, to) => events.breakerChanged({ ...names, bucket, from, to }),
    })
    const isAway = () => !this.standing.isUsable
    this.#checker = check && new Checker({ ...options.check, clock, random, isAway, run: () => this.#check(check) })
  }

  get name(): string {
    return this.#with.origin.name
  }

  get zone(): string | undefined {
    return this.#with.origin.zone
  }

  /** What one more exchange there costs; one that returns seems to cost more than it does. */
  cost(): number {
    return (this.figures.expense(this.#nowMs()) * (this.places.inFlight + 1)) / this.standing.share()
  }

  lease(wish: LeaseWish): Lease {
    const { name, host } = this.#with.origin
    const place = this.places.take(wish)
    return new UpstreamLease({
      upstream: name,
      host,
      exchange: (request, signal) => this.#exchange(place, request, signal),
      giveBack: () => {
        this.places.giveBack(place, 'abandoned')
        this.#with.ended(this)
      },
    })
  }

  /** What it is compared with its peers by. */
  peerFigures(): PeerFigures {
    const nowMs = this.#nowMs()
    return {
      counts: this.figures.counts(nowMs),
      medianMs: this.figures.medianMs(nowMs),
      silentMs: this.figures.silentMs(nowMs),
      quietMs: nowMs - this.figures.lifeMs,
    }
  }

  eject(reason: string): void {
    const { group, events } = this.#with
    const durationMs = this.standing.eject(reason)
    events.ejected({ group, upstream: this.name, reason, durationMs })
    this.checkNow()
  }

  /** It answers nothing: reads that are under way there are made elsewhere. */
  breakOffReads(): void {
    this.#with.client.breakOffReads?.()
  }

  /** A suspicion: it is checked now, not when it is time. */
  checkNow(): void {
    this.#checker?.checkNow()
  }

  /** Ends what is over. */
  settle(): void {
    if (this.standing.settle()) this.#beginAnew()
  }

  close(): void {
    this.#checker?.close()
    this.#with.client.close()
    this.standing.leave()
  }

  status(): UpstreamStatus {
    const nowMs = this.#nowMs()
    const { total, failed, throttled } = this.figures.counts(nowMs)
    return {
      name: this.name,
      zone: this.zone,
      state: this.standing.state ?? 'draining',
      reason: this.standing.reason,
      breaker: this.places.breaker,
      openBuckets: this.places.openBuckets,
      inFlight: this.places.inFlight,
      limit: this.places.limit,
      oldestUnansweredMs: this.figures.oldestUnansweredMs(nowMs),
      firstByteMs: this.figures.firstByteMs(nowMs),
      errorShare: total === 0 ? 0 : failed / total,
      throttledShare: total === 0 ? 0 : throttled / total,
      exchanges: { ...this.figures.totals },
      ejections: this.standing.ejections,
      sentBytes: this.figures.sentBytes,
      receivedBytes: this.figures.receivedBytes,
    }
  }

  #nowMs(): number {
    return this.#with.clock.monotonic()
  }

  /** It came back. What it did before is forgotten, but the first error ejects it again. */
  #beginAnew(): void {
    this.figures.reset()
    this.figures.consecutiveErrors = this.#with.options.outlier.consecutiveErrors - 1
  }

  async #check(check: HealthCheck): Promise<void> {
    const { clock, client, origin, options } = this.#with
    const underWay: UnderWay = { kind: undefined, startedMs: this.#nowMs() }
    this.figures.await(underWay)
    const answered = () => {
      this.figures.lifeMs = this.#nowMs()
      this.figures.awaitNoMore(underWay)
    }
    const result = await runCheck({ ...options.check, clock, client, check, host: origin.host, answered })
    this.figures.awaitNoMore(underWay)
    // It has much to do, and does it: how well, is seen by its requests.
    if (result.result === 'late' && this.figures.lifeMs > underWay.startedMs) return
    const problem = result.result === 'passed' ? undefined : result.problem
    if (this.standing.checked(problem, underWay.startedMs)) this.#beginAnew()
  }

  #exchange(place: Place, request: UpstreamRequest, signal: AbortSignal): Promise<UpstreamReply> {
    const { client, pace } = this.#with
    const underWay: UnderWay = { kind: exchangeClassOf(request), startedMs: this.#nowMs() }
    if (underWay.kind !== undefined) this.figures.await(underWay)
    const observer = this.#observe(place, underWay)
    return trackedExchange({ client, upstream: this.name, request, signal, observer, pace })
  }

  #observe(place: Place, underWay: UnderWay): ExchangeObserver {
    const { figures, places, standing } = this
    const { group, events, ended } = this.#with
    const { kind, startedMs } = underWay
    let firstByteMs: number | undefined
    let sentBytes = 0
    let receivedBytes = 0
    return {
      sent(bytes) {
        sentBytes += bytes
        figures.sentBytes += bytes
      },
      answered: (status) => {
        const nowMs = this.#nowMs()
        firstByteMs = nowMs - startedMs
        figures.lifeMs = nowMs
        figures.awaitNoMore(underWay)
        // What fails at once is not fast.
        if (status >= 500) return
        figures.answered(underWay, nowMs)
        places.answered(place, kind, firstByteMs)
      },
      received: (bytes) => {
        receivedBytes += bytes
        figures.receivedBytes += bytes
        figures.lifeMs = this.#nowMs()
      },
      paced: (ms) => figures.took('body', ms, this.#nowMs()),
      ended: (outcome) => {
        const nowMs = this.#nowMs()
        figures.awaitNoMore(underWay)
        const gaveUp = firstByteMs === undefined && (outcome === 'timeout' || outcome === 'abandoned')
        if (gaveUp) figures.gaveUp(underWay, nowMs)
        // What began before it was ejected or came back says nothing of how it is now.
        figures.ended(outcome, nowMs, startedMs >= standing.changedMs)
        const totalMs = nowMs - startedMs
        events.exchangeEnded({ group, upstream: this.name, outcome, firstByteMs, totalMs, sentBytes, receivedBytes })
        places.giveBack(place, outcome)
        ended(this)
      },
    }
  }
}
