import { isIP } from 'node:net'
import type { Credentials } from '@headrace/s3'
import type { NamedFaults } from '../../admin/upstream/create-upstream-admin.ts'
import type { Settings } from '../../config/settings.ts'
import { pipeline } from '../../core/layer.ts'
import type { Runtime } from '../../core/runtime.ts'
import type { ObjectStore } from '../../core/store.ts'
import { ownerNamed, rootOwnerName } from '../../identity/owner.ts'
import { attemptLayers } from '../../layers/attempt-layers.ts'
import { type AttemptFigures, createAttemptFigures } from '../../layers/attempts/figures.ts'
import type { Ledger } from '../../store/remote/capability/ledger.ts'
import { remoteStore } from '../../store/remote/remote-store.ts'
import type { UpstreamClient } from '../../upstream/exchange.ts'
import { type Discovery, listedUpstreams } from '../../upstream/group/discovery/discovery.ts'
import { namedUpstreams } from '../../upstream/group/discovery/named-upstreams.ts'
import { type NamedOrigin, originOf } from '../../upstream/group/discovery/origin.ts'
import { resolveName } from '../../upstream/group/discovery/resolve-name.ts'
import type { GroupEvents } from '../../upstream/group/group-events.ts'
import type { GroupStatus } from '../../upstream/group/group-status.ts'
import { pathCheck } from '../../upstream/group/health/health-check.ts'
import { groupDefaults } from '../../upstream/group/options.ts'
import { UpstreamFaults } from '../../upstream/group/upstream-faults.ts'
import { FailureAwareGroup } from '../../upstream/group/upstream-group.ts'
import { upstreamLimits } from '../../upstream/limits.ts'
import { HttpClient } from '../../upstream/transport/http-client.ts'

const storeName = 'upstream'

export interface OpenRemoteOptions {
  readonly upstream: NonNullable<Settings['upstream']>
  readonly key: Credentials
  readonly runtime: Runtime
  readonly events: GroupEvents
  /** What the upstreams can do. */
  readonly ledger: Ledger
  readonly discovery: Discovery
  /** Whether upstreams can be made to fail. */
  readonly allowFaults: boolean
}

/** A store behind upstreams, with the layers that make attempts at them around it. */
export interface RemoteStore {
  readonly store: ObjectStore
  /** What those layers have done so far. */
  readonly figures: AttemptFigures
  status(): GroupStatus
  /** Gives upstreams these faults, and no others any more. Without effect where faults are not allowed. */
  setFaults(faults: NamedFaults): void
  close(): void
}

/** @throws Error that says which endpoint is wrong */
export function openRemote(options: OpenRemoteOptions): RemoteStore {
  const { upstream, discovery, key, runtime, events, ledger } = options
  const { endpoints, region, check } = upstream
  const faults = options.allowFaults ? new UpstreamFaults({ ...runtime, ...upstreamLimits }) : undefined
  const clientOf = ({ name, origin }: NamedOrigin): UpstreamClient => {
    // The group limits how much is under way; whoever it lets pass does not wait for a connection.
    const client = new HttpClient({ name, origin, limits: { connectionsMax: groupDefaults.limit.max } }, runtime.clock)
    return faults?.wrap(name, client) ?? client
  }
  const group = new FailureAwareGroup({
    name: storeName,
    runtime,
    events,
    discovery,
    clientOf,
    check: pathCheck(check),
  })
  const figures = createAttemptFigures()
  const remote = remoteStore({
    name: storeName,
    group,
    credentials: () => key,
    region,
    owner: ownerNamed(rootOwnerName),
    ledger,
    trustsTransport: endpoints.every((endpoint) => originOf({ url: endpoint }).origin.protocol === 'https:'),
    runtime,
  })
  return {
    store: pipeline(remote, attemptLayers(runtime, figures)),
    figures,
    status: () => group.status(),
    setFaults: (all) => faults?.setAll(all),
    close: () => group.close(),
  }
}

/** A name alone stands for all of its addresses; of several endpoints, each is one upstream. */
export function discoveryOf(endpoints: readonly string[], { clock }: Pick<Runtime, 'clock'>): Discovery {
  const [first = ''] = endpoints
  const { host } = originOf({ url: first }).origin
  const isName = endpoints.length === 1 && isIP(host) === 0 && host !== 'localhost'
  if (isName) return namedUpstreams({ clock, input: { url: first }, resolve: resolveName })
  return listedUpstreams(endpoints.map((url) => ({ url })))
}
