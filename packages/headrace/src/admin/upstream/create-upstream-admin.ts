import type { GroupStatus } from '../../upstream/group/group-status.ts'
import type { UpstreamFault } from '../../upstream/group/upstream-faults.ts'
import { AdminError } from '../admin-error.ts'
import { mergeStatus } from './merge-status.ts'
import type { UpstreamAdmin, UpstreamFaultList, UpstreamFaultSetting } from './upstream-admin.ts'

/** Each upstream that has a fault, by its name. */
export type NamedFaults = readonly (readonly [upstream: string, fault: UpstreamFault])[]

export interface UpstreamAdminParts {
  /** What each gateway knows of its upstreams now. */
  readonly groups: () => Promise<readonly GroupStatus[]>
  /** Faults that upstreams have from the start: another process may have set them. */
  readonly faults: NamedFaults
  /** Gives upstreams these faults and no others, in every gateway, now and later. */
  readonly spreadFaults: (faults: NamedFaults) => void
}

/** The operator's side of a group of upstreams. Who may make them fail is decided before. */
export function createUpstreamAdmin({ groups, faults, spreadFaults }: UpstreamAdminParts): UpstreamAdmin {
  const current = new Map(faults)
  /** Gateways are asked after they were told: when they answer, they do as they were told. */
  const spread = async (): Promise<UpstreamFaultList> => {
    spreadFaults([...current])
    await groups()
    return told(current)
  }
  const requireKnown = async (upstream: string) => {
    if (current.has(upstream)) return
    const names = mergeStatus(await groups()).upstreams.map(({ name }) => name)
    if (names.includes(upstream)) return
    throw new AdminError('NoSuchUpstream', `There is no upstream ${upstream}; there are ${names.join(', ')}.`)
  }
  return {
    status: async () => mergeStatus(await groups()),
    faults: async () => told(current),
    async setFault({ upstream, ...setting }) {
      const fault = faultOf(setting)
      await requireKnown(upstream)
      current.set(upstream, fault)
      return await spread()
    },
    async clearFaults({ upstream }) {
      if (upstream === null) current.clear()
      else {
        await requireKnown(upstream)
        current.delete(upstream)
      }
      return await spread()
    },
  }
}

/** @throws AdminError InvalidRequest for what does nothing, or contradicts itself */
function faultOf(setting: Omit<UpstreamFaultSetting, 'upstream'>): UpstreamFault {
  const { latencyMs, status, resetAfterBytes, stallAfterBytes, share } = setting
  const ends = [status, resetAfterBytes, stallAfterBytes].filter((end) => end !== null)
  if (latencyMs === 0 && ends.length === 0) {
    throw new AdminError('InvalidRequest', 'This fault does nothing.', 'Name a latency, a status, a reset or a stall.')
  }
  if (ends.length > 1) {
    throw new AdminError('InvalidRequest', 'A reply ends in one way: name a status, a reset or a stall.')
  }
  return {
    share,
    ...(latencyMs > 0 && { delayMs: latencyMs }),
    ...(status !== null && { status }),
    ...(resetAfterBytes !== null && { resetAtByte: resetAfterBytes }),
    ...(stallAfterBytes !== null && { stallAtByte: stallAfterBytes }),
  }
}

function told(faults: ReadonlyMap<string, UpstreamFault>): UpstreamFaultList {
  const all = [...faults].sort(([a], [b]) => (a < b ? -1 : 1))
  return {
    faults: all.map(
      ([upstream, { delayMs = 0, status = null, resetAtByte = null, stallAtByte = null, share = 1 }]) => ({
        upstream,
        latencyMs: delayMs,
        status,
        resetAfterBytes: resetAtByte,
        stallAfterBytes: stallAtByte,
        share,
      }),
    ),
  }
}
