import { AttemptError } from '../../core/attempt.ts'
import type { Cancel, Runtime } from '../../core/runtime.ts'
import type { UpstreamClient } from '../exchange.ts'
import type { Lease, LeaseWish, UpstreamGroup } from '../lease.ts'
import { BodyPace } from './body-pace.ts'
import { choose } from './choose.ts'
import type { Discovery } from './discovery/discovery.ts'
import type { NamedOrigin } from './discovery/origin.ts'
import { UsualTimes } from './figures/usual-times.ts'
import type { GroupEvents } from './group-events.ts'
import type { GroupStatus } from './group-status.ts'
import type { HealthCheck } from './health/health-check.ts'
import { failsMore, isSilent, isSlower, type PeerFigures } from './health/outliers.ts'
import { type GroupOptions, type GroupOptionsInput, groupOptions } from './options.ts'
import { Upstream } from './upstream.ts'

export interface UpstreamGroupSetup {
  readonly name: string
  readonly runtime: Pick<Runtime, 'clock' | 'random'>
  readonly events: GroupEvents
  readonly discovery: Discovery
  /** Makes what sends requests to one upstream. The group closes it. */
  readonly clientOf: (origin: NamedOrigin) => UpstreamClient
  /** Undefined: upstreams are judged by what becomes of requests alone. */
  readonly check: HealthCheck | undefined
  /** Where this process is: upstreams of the same zone are preferred. */
  readonly zone?: string | undefined
  readonly options?: GroupOptionsInput | undefined
}

/** A group that finds its upstreams, watches how they do, and sends requests where they are served best. */
export class FailureAwareGroup implements UpstreamGroup {
  readonly name: string
  readonly #setup: UpstreamGroupSetup
  readonly #options: GroupOptions
  readonly #usual: UsualTimes
  readonly #pace: BodyPace
  /** Those that drain among them. */
  readonly #upstreams = new Map<string, Upstream>()
  /** Those that discovery names. */
  #members: readonly Upstream[] = []
  readonly #stopJudging: Cancel
  readonly #stopDiscovery: Cancel
  /** Since when each of those that are slower than their peers has been so. */
  readonly #slowSinceMs = new WeakMap<Upstream, number>()
  #isPanic = false
  #isClosed = false

  constructor(setup: UpstreamGroupSetup) {
    this.name = setup.name
    this.#setup = setup
    this.#options = groupOptions(setup.options)
    this.#usual = new UsualTimes(this.#options.selection)
    const parts = { clock: setup.runtime.clock, usual: this.#usual, options: this.#options.body }
    this.#pace = new BodyPace(parts, () => this.#usable().length > 1)
    this.#stopJudging = setup.runtime.clock.every(this.#options.outlier.judgeMs, () => this.#judge())
    this.#stopDiscovery = setup.discovery.watch({
      changed: (origins) => this.#discovered(origins),
      failed: (error) => setup.events.discoveryFailed({ group: setup.name, error }),
    })
  }

  lease(wish: LeaseWish): Lease {
    const { zone, runtime } = this.#setup
    const { avoid } = wish
    const isCandidate = ({ standing, places }: Upstream) => (this.#isPanic || standing.isUsable) && places.lets(wish)
    const prefersZone = zone !== undefined && this.#isZoneWell(zone)
    const how = {
      isAvoided: ({ name }: Upstream) => avoid?.has(name) ?? false,
      isNear: (upstream: Upstream) => !prefersZone || upstream.zone === zone,
      costOf: (upstream: Upstream) => upstream.cost(),
    }
    const chosen = choose(this.#members.filter(isCandidate), how, runtime.random)
    if (chosen === undefined) {
      const message = `${this.name}: each of ${this.#members.length} upstreams is away, or has as much to do as it may`
      throw new AttemptError({ fault: 'saturated', wasSent: false, message })
    }
    return chosen.lease(wish)
  }

  status(): GroupStatus {
    const upstreams = [...this.#upstreams.values()].map((upstream) => upstream.status())
    return { name: this.name, isPanic: this.#isPanic, upstreams }
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#stopDiscovery()
    this.#stopJudging()
    this.#members = []
    for (const upstream of this.#upstreams.values()) upstream.close()
    this.#upstreams.clear()
  }

  #isZoneWell(zone: string): boolean {
    const near = this.#members.filter((upstream) => upstream.zone === zone)
    const usable = near.filter(({ standing }) => standing.isUsable)
    return usable.length > 0 && usable.length >= near.length * this.#options.selection.zoneShareMin
  }

  #discovered(origins: readonly NamedOrigin[]): void {
    if (this.#isClosed) return
    const isLate = this.#upstreams.size > 0
    const named = new Set(origins.map(({ name }) => name))
    for (const upstream of this.#upstreams.values()) upstream.standing.drain(!named.has(upstream.name))
    for (const origin of origins) if (!this.#upstreams.has(origin.name)) this.#add(origin, isLate)
    this.#members = origins.map(({ name }) => this.#upstreams.get(name) as Upstream)
    for (const upstream of this.#upstreams.values()) this.#removeWhenDrained(upstream)
    this.#notePanic()
  }

  #add(origin: NamedOrigin, isLate: boolean): void {
    const { name, events, runtime, check, clientOf } = this.#setup
    const upstream = new Upstream({
      ...runtime,
      group: name,
      origin,
      client: clientOf(origin),
      check,
      options: this.#options,
      usual: this.#usual,
      pace: this.#pace,
      events,
      isLate,
      ended: (upstream) => this.#ended(upstream),
      changed: () => this.#notePanic(),
    })
    this.#upstreams.set(origin.name, upstream)
  }

  #removeWhenDrained(upstream: Upstream): void {
    if (!upstream.standing.isDraining || upstream.places.inFlight > 0) return
    this.#upstreams.delete(upstream.name)
    upstream.close()
  }

  #ended(upstream: Upstream): void {
    if (this.#isClosed) return
    this.#removeWhenDrained(upstream)
    const errors = upstream.figures.consecutiveErrors
    if (errors >= this.#options.outlier.consecutiveErrors)
      this.#eject(upstream, 'its exchanges fail, one after the other')
  }

  /** Compares all that are used with each other. */
  #judge(): void {
    for (const upstream of this.#upstreams.values()) upstream.settle()
    const used = this.#usable()
    const figures = new Map(used.map((upstream) => [upstream, upstream.peerFigures()]))
    this.#usual.update([...figures.values()].map(({ medianMs }) => medianMs))
    for (const [upstream, its] of figures) {
      if (its.silentMs >= this.#options.outlier.suspectAfterMs) upstream.checkNow()
      const peers = [...figures].filter(([other]) => other !== upstream).map(([, others]) => others)
      const silence = isSilent(its, peers, this.#options.outlier)
      const reason = silence ?? this.#outlierReason(upstream, its, peers)
      if (reason !== undefined) this.#eject(upstream, reason, silence !== undefined)
    }
  }

  #outlierReason(upstream: Upstream, its: PeerFigures, peers: readonly PeerFigures[]): string | undefined {
    const { outlier } = this.#options
    const slow = isSlower(its, peers, outlier)
    const nowMs = this.#setup.runtime.clock.monotonic()
    const sinceMs = this.#slowSinceMs.get(upstream) ?? nowMs
    if (slow === undefined) this.#slowSinceMs.delete(upstream)
    else this.#slowSinceMs.set(upstream, sinceMs)
    const isSlowForLong = slow !== undefined && nowMs - sinceMs >= outlier.slowForMs
    return failsMore(its, peers, outlier) ?? (isSlowForLong ? slow : undefined)
  }

  /** Unless too many are away already, for whatever reason. */
  #eject(upstream: Upstream, reason: string, breaksOffReads = false): void {
    const away = this.#members.length - this.#usable().length
    const maxAway = Math.floor(this.#members.length * this.#options.outlier.ejectedShareMax)
    if (!upstream.standing.isUsable || away >= maxAway) return
    this.#slowSinceMs.delete(upstream)
    // Whether it is gone or only stopped: what waits for it is to be had elsewhere.
    if (breaksOffReads) upstream.breakOffReads()
    upstream.eject(reason)
  }

  #usable(): readonly Upstream[] {
    return this.#members.filter(({ standing }) => standing.isUsable)
  }

  #notePanic(): void {
    if (this.#isClosed) return
    const usable = this.#usable().length
    const isPanic = usable < this.#members.length * this.#options.outlier.panicShare
    if (isPanic === this.#isPanic) return
    this.#isPanic = isPanic
    this.#setup.events.panicChanged({ group: this.name, isPanic })
  }
}
