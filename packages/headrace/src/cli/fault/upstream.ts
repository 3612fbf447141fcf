import { type Command, InvalidArgumentError } from 'commander'
import type { UpstreamFaultSetting } from '../../admin/upstream/upstream-admin.ts'
import { serverCommand, withServer } from '../server-command.ts'
import { byteCount, duration, probability } from '../store/arguments.ts'
import type { StoreOptions } from '../store/connect.ts'
import { formatBytes, formatDuration, formatPercent } from '../store/format.ts'
import { table } from '../store/table.ts'
import type { Terminal } from '../store/terminal.ts'

interface UpstreamFaultOptions extends StoreOptions {
  readonly latency: number
  readonly status?: number
  readonly resetAfter?: number
  readonly stallAfter?: number
  readonly share: number
}

/** `headrace fault upstream` */
export function upstreamFaultCommand(terminal: Terminal): Command {
  return serverCommand('upstream', 'Make an upstream slow, refusing, breaking or stuck for us, until it is cleared.')
    .argument('<upstream>', 'its name, as `headrace top` shows it')
    .option('--latency <duration>', 'replies begin so much later, such as 250ms or 1s', duration, 0)
    .option('--status <code>', 'replies are errors with this status, such as 503', errorStatus)
    .option('--reset-after <bytes>', 'connections break after so much of a body; 0: before the head', byteCount)
    .option('--stall-after <bytes>', 'nothing comes after so much of a body; 0: no head', byteCount)
    .option('--share <share>', 'how many of the requests: 0.3 is three in ten', probability, 1)
    .action((upstream: string, options: UpstreamFaultOptions) => {
      const { latency: latencyMs, status = null, resetAfter = null, stallAfter = null, share } = options
      if (latencyMs === 0 && status === null && resetAfter === null && stallAfter === null) {
        throw new Error(
          'Say what goes wrong: --latency, --status, --reset-after or --stall-after. `headrace fault clear` makes it well again.',
        )
      }
      const fault = { upstream, latencyMs, status, resetAfterBytes: resetAfter, stallAfterBytes: stallAfter, share }
      return withServer(terminal, options, async ({ upstream: admin, show }) => {
        const reply = await admin.setFault(fault)
        show(reply, () => showUpstreamFaults(reply.faults))
      })
    })
}

/** What upstreams are made to do. */
export function showUpstreamFaults(faults: readonly UpstreamFaultSetting[]): string {
  if (faults.length === 0) return 'No upstream is made to fail.'
  const rows = faults.map(({ upstream, latencyMs, status, resetAfterBytes, stallAfterBytes, share }) => {
    const what = [
      latencyMs > 0 ? `${formatDuration(latencyMs)} later` : undefined,
      status === null ? undefined : `answered ${status}`,
      resetAfterBytes === null ? undefined : `broken after ${formatBytes(resetAfterBytes)}`,
      stallAfterBytes === null ? undefined : `stuck after ${formatBytes(stallAfterBytes)}`,
    ]
    return [upstream, formatPercent(share), what.filter((word) => word !== undefined).join(', ')]
  })
  return table(['UPSTREAM', 'SHARE', 'ITS REQUESTS ARE'], rows)
}

function errorStatus(text: string): number {
  if (!/^[45]\d\d$/.test(text)) throw new InvalidArgumentError('It must be the status of an error, such as 503.')
  return Number(text)
}
