import { type Runtime, systemClock, systemRandom } from '../../core/runtime.ts'
import { createEvents } from '../../observe/events.ts'
import { createLog } from '../../observe/log.ts'
import type { GroupStatus } from '../../upstream/group/group-status.ts'
import type { Child, Supervision } from '../child.ts'
import type { StartMessage } from '../messages.ts'
import { openAdminPort } from './admin-port.ts'

/** The process that serves the admin port of a server without drives. It holds nothing that a gateway needs. */
export async function beginControl(start: StartMessage, supervision: Supervision): Promise<Child> {
  const { settings, roots, rootKey, upstreamFaults } = start
  const [root = ''] = roots
  const log = createLog(settings.logLevel, 'control')
  const runtime: Runtime = { clock: systemClock, random: systemRandom, events: createEvents({ log }) }
  return await openAdminPort({
    settings,
    root,
    rootKey,
    runtime,
    own: [],
    metrics: () => supervision.askGateways('metrics'),
    groups: async () => (await supervision.askGateways('upstreams')) as GroupStatus[],
    faults: upstreamFaults,
    spreadFaults: (faults) => supervision.tellFaults(faults),
  })
}
