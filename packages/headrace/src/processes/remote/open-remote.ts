import { isIP } from 'node:net'
import type { Credentials } from '@headrace/s3'
import type { Settings } from '../../config/settings.ts'
import { pipeline } from '../../core/layer.ts'
import type { Runtime } from '../../core/runtime.ts'
import type { ObjectStore } from '../../core/store.ts'
import { ownerNamed, rootOwnerName } from '../../identity/owner.ts'
import { attemptLayers } from '../../layers/attempt-layers.ts'
import { type AttemptFigures, createAttemptFigures } from '../../layers/attempts/figures.ts'
import { remoteStore } from '../../store/remote/remote-store.ts'
import { type Discovery, listedUpstreams } from '../../upstream/group/discovery/discovery.ts'
import { namedUpstreams } from '../../upstream/group/discovery/named-upstreams.ts'
import { originOf } from '../../upstream/group/discovery/origin.ts'
import { resolveName } from '../../upstream/group/discovery/resolve-name.ts'
import type { GroupEvents } from '../../upstream/group/group-events.ts'
import type { GroupStatus } from '../../upstream/group/group-status.ts'
import { pathCheck } from '../../upstream/group/health/health-check.ts'
import { groupDefaults } from '../../upstream/group/options.ts'
import { FailureAwareGroup } from '../../upstream/group/upstream-group.ts'
import { HttpClient } from '../../upstream/transport/http-client.ts'

const storeName = 'upstream'

export interface OpenRemoteOptions {
  readonly upstream: NonNullable<Settings['upstream']>
  readonly key: Credentials
  readonly runtime: Runtime
  readonly events: GroupEvents
}

/** A store behind upstreams, with the layers that make attempts at them around it. */
export interface RemoteStore {
  readonly store: ObjectStore
  /** What those layers have done so far. */
  readonly figures: AttemptFigures
  status(): GroupStatus
  close(): void
}

/** @throws Error that says which endpoint is wrong */
export function openRemote({ upstream, key, runtime, events }: OpenRemoteOptions): RemoteStore {
  const { endpoints, region, check } = upstream
  const group = new FailureAwareGroup({
    name: storeName,
    runtime,
    events,
    discovery: discoveryOf(endpoints, runtime),
    // The group limits how much is under way; whoever it lets pass does not wait for a connection.
    clientOf: ({ name, origin }) =>
      new HttpClient({ name, origin, limits: { connectionsMax: groupDefaults.limit.max } }, runtime.clock),
    check: pathCheck(check),
  })
  const figures = createAttemptFigures()
  const remote = remoteStore({
    name: storeName,
    group,
    credentials: () => key,
    region,
    owner: ownerNamed(rootOwnerName),
    trustsTransport: endpoints.every((endpoint) => originOf({ url: endpoint }).origin.protocol === 'https:'),
    runtime,
  })
  return {
    store: pipeline(remote, attemptLayers(runtime, figures)),
    figures,
    status: () => group.status(),
    close: () => group.close(),
  }
}

/** A name alone stands for all of its addresses; of several endpoints, each is one upstream. */
function discoveryOf(endpoints: readonly string[], { clock }: Pick<Runtime, 'clock'>): Discovery {
  const [first = ''] = endpoints
  const { host } = originOf({ url: first }).origin
  const isName = endpoints.length === 1 && isIP(host) === 0 && host !== 'localhost'
  if (isName) return namedUpstreams({ clock, input: { url: first }, resolve: resolveName })
  return listedUpstreams(endpoints.map((url) => ({ url })))
}
