import { SimClock } from '../../sim/sim-clock.ts'
import { SimRandom } from '../../sim/sim-random.ts'
import type { Discovery, DiscoveryListener } from '../../src/upstream/group/discovery/discovery.ts'
import { type NamedOrigin, originOf } from '../../src/upstream/group/discovery/origin.ts'
import type { ExchangeEnd, GroupEvents } from '../../src/upstream/group/group-events.ts'
import { type HealthCheck, pathCheck } from '../../src/upstream/group/health/health-check.ts'
import type { GroupOptionsInput } from '../../src/upstream/group/options.ts'
import { FailureAwareGroup } from '../../src/upstream/group/upstream-group.ts'
import type { LeaseWish } from '../../src/upstream/lease.ts'
import { FakeUpstream } from './fake-upstreams.ts'
import { finish } from './finish.ts'
import { settled } from './waiting.ts'

export interface GroupSceneOptions {
  readonly seed?: number
  /** `null`: no active checks. */
  readonly check?: HealthCheck | null
  readonly zone?: string
  readonly zones?: Readonly<Record<string, string>>
  readonly options?: GroupOptionsInput
}

export const healthPath = '/health'
export const read: LeaseWish = { effect: 'read', bucket: 'b' }

/** A group of fake upstreams on a clock that stands still, and what it tells. */
export class GroupScene {
  readonly clock = new SimClock()
  readonly random: SimRandom
  readonly upstreams = new Map<string, FakeUpstream>()
  /** One line for each change. */
  readonly changes: string[] = []
  readonly ends: ExchangeEnd[] = []
  readonly group: FailureAwareGroup
  readonly #zones: Readonly<Record<string, string>>
  #listener: DiscoveryListener | undefined

  constructor(names: readonly string[], given: GroupSceneOptions = {}) {
    const { seed = 1, check = pathCheck({ path: healthPath }), zone, zones = {}, options } = given
    this.random = new SimRandom(seed)
    this.#zones = zones
    const discovery: Discovery = {
      watch: (listener) => {
        this.#listener = listener
        this.discover(names)
        return () => {
          this.#listener = undefined
        }
      },
    }
    this.group = new FailureAwareGroup({
      name: 'group',
      runtime: { clock: this.clock, random: this.random },
      events: this.#events(),
      discovery,
      clientOf: ({ name }) => this.#client(name),
      check: check ?? undefined,
      zone,
      options,
    })
  }

  upstream(name: string): FakeUpstream {
    const upstream = this.upstreams.get(name)
    if (upstream === undefined) throw new Error(`there is no upstream ${name}`)
    return upstream
  }

  discover(names: readonly string[]): void {
    this.#listener?.changed(names.map((name) => this.#origin(name)))
  }

  failDiscovery(error: Error): void {
    this.#listener?.failed(error)
  }

  /** Lets time pass, and everybody do in it what is to be done. */
  async pass(ms: number): Promise<void> {
    const untilMs = this.clock.monotonic() + ms
    await settled()
    while (this.clock.step(untilMs)) await settled()
    this.clock.advance(untilMs - this.clock.monotonic())
    await settled()
  }

  /** Sends one small request. What becomes of it is told by its group. */
  send(wish: LeaseWish = read): { readonly upstream: string; readonly over: Promise<unknown> } {
    const lease = this.group.lease(wish)
    const request = { method: wish.effect === 'read' ? 'GET' : 'POST', target: '/b/k', headers: [] }
    const exchange = lease.exchange(request, new AbortController().signal).then((reply) => reply.collect(1_000))
    return { upstream: lease.upstream, over: exchange.catch(() => {}) }
  }

  /** Sends one, and waits for its end. @returns the name of the upstream */
  async get(wish: LeaseWish = read): Promise<string> {
    const { upstream, over } = this.send(wish)
    await finish(this.clock, over)
    return upstream
  }

  /** How many of so many GETs, one after the other, each upstream got. */
  async shares(count: number, wish?: LeaseWish): Promise<Record<string, number>> {
    const shares: Record<string, number> = {}
    for (let n = 0; n < count; n += 1) {
      const name = await this.get(wish)
      shares[name] = (shares[name] ?? 0) + 1
    }
    return shares
  }

  /** How many each upstream had. */
  sharesOf(ends: readonly ExchangeEnd[]): Record<string, number> {
    return Object.fromEntries(
      [...this.upstreams.keys()].map((name) => [name, ends.filter(({ upstream }) => upstream === name).length]),
    )
  }

  states(): Record<string, string> {
    return Object.fromEntries(this.group.status().upstreams.map(({ name, state }) => [name, state]))
  }

  #client(name: string): FakeUpstream {
    const upstream = new FakeUpstream(name, this.clock)
    this.upstreams.set(name, upstream)
    return upstream
  }

  #origin(name: string): NamedOrigin {
    return originOf({ url: `http://${name}:7480`, name, zone: this.#zones[name] })
  }

  #events(): GroupEvents {
    const tell = (line: string) => this.changes.push(line)
    return {
      stateChanged: ({ upstream, from = 'new', to = 'gone' }) => tell(`${upstream}: ${from} to ${to}`),
      ejected: ({ upstream, reason, durationMs }) => tell(`${upstream}: ejected for ${durationMs} ms: ${reason}`),
      breakerChanged: ({ upstream, bucket = 'all', to }) => tell(`${upstream}: breaker of ${bucket} ${to}`),
      panicChanged: ({ isPanic }) => tell(isPanic ? 'panic' : 'no panic'),
      exchangeEnded: (end) => this.ends.push(end),
      discoveryFailed: ({ error }) => tell(`discovery: ${error}`),
    }
  }
}
