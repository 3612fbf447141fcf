import { resolve } from 'node:path'
import { S3Error } from '@headrace/s3'
import { Command } from 'commander'
import { attemptErrorOf } from '../../core/attempt.ts'
import { systemClock, systemRandom } from '../../core/runtime.ts'
import { saveLedger } from '../../processes/remote/ledger-file.ts'
import { adviseOn } from '../../store/remote/capability/advice.ts'
import { type ProbeResult, probeUpstream } from '../../store/remote/capability/probe-upstream.ts'
import { listedUpstreams } from '../../upstream/group/discovery/discovery.ts'
import { silentGroupEvents } from '../../upstream/group/group-events.ts'
import { FailureAwareGroup } from '../../upstream/group/upstream-group.ts'
import { HttpClient } from '../../upstream/transport/http-client.ts'
import type { Terminal } from '../store/terminal.ts'
import { showProbe } from './show-probe.ts'
import { upstreamKeyFromEnvironment } from './upstream-key.ts'

interface ProbeCommandOptions {
  readonly bucket?: string
  readonly region: string
  readonly state: string
  readonly save?: boolean
  readonly json?: boolean
}

/** What the exit status says of the upstream. 1: it could not be asked. */
const exitCodes = { fine: 0, failing: 2 } as const

/** `headrace upstream probe` */
export function probeCommand(terminal: Terminal): Command {
  return new Command('probe')
    .description('Try what an S3 endpoint can do, and say what it does badly. It takes seconds and cleans up.')
    .argument('<url>', 'the endpoint, such as http://10.0.0.2:7480')
    .option('--bucket <name>', 'a bucket to try in (default: one is made, and removed)')
    .option('--region <name>', 'region that requests are signed for', 'us-east-1')
    .option('--save', 'keep what was found, for `headrace serve --upstream` with the same --state')
    .option('--state <folder>', 'where to keep it', './headrace')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nHEADRACE_UPSTREAM_ACCESS_KEY and HEADRACE_UPSTREAM_SECRET_KEY are its key.\nExit status: 0 fine, 1 it could not be asked, 2 something is bad enough to change.',
    )
    .action((url: string, options: ProbeCommandOptions) => probe(terminal, url, options))
}

async function probe(terminal: Terminal, url: string, options: ProbeCommandOptions): Promise<void> {
  const result = await runProbe(terminal, url, options)
  const { ledger, undecided, leftBehind } = result
  const advice = adviseOn(ledger)
  const savedTo = options.save ? await saveLedger(resolve(options.state), url, ledger) : undefined
  if (options.json) terminal.print(JSON.stringify({ ledger, advice, undecided, leftBehind, savedTo }))
  else terminal.print(showProbe({ ...result, url, advice, savedTo, columns: terminal.columns }))
  const isFailing = advice.some(({ level }) => level === 'fail') || undecided.length > 0
  terminal.setExitCode(isFailing ? exitCodes.failing : exitCodes.fine)
}

async function runProbe(terminal: Terminal, url: string, options: ProbeCommandOptions): Promise<ProbeResult> {
  const key = upstreamKeyFromEnvironment()
  const runtime = { clock: systemClock, random: systemRandom }
  const group = new FailureAwareGroup({
    name: 'probe',
    runtime,
    events: silentGroupEvents,
    discovery: listedUpstreams([{ url }]),
    clientOf: ({ name, origin }) => new HttpClient({ name, origin }, systemClock),
    check: undefined,
  })
  const abort = new AbortController()
  const { isInteractive } = terminal
  const stop = () => abort.abort(new Error('It was broken off; what was written is removed.'))
  process.once('SIGINT', stop)
  try {
    return await probeUpstream({
      group,
      credentials: () => key,
      region: options.region,
      runtime,
      signal: abort.signal,
      ...(options.bucket !== undefined && { bucket: options.bucket }),
      began: (part) => isInteractive && terminal.redraw(`trying ${part} …`),
    })
  } catch (error) {
    throw explained(error, url)
  } finally {
    process.off('SIGINT', stop)
    if (isInteractive) terminal.redraw('')
    group.close()
  }
}

/** Says which key or address to look at. */
function explained(error: unknown, url: string): unknown {
  if (attemptErrorOf(error) !== undefined) {
    return new Error(`${url} cannot be asked: ${attemptErrorOf(error)?.message}. Is it the address of an S3 endpoint?`)
  }
  if (!(error instanceof S3Error)) return error
  const aboutKey = ['InvalidAccessKeyId', 'SignatureDoesNotMatch', 'AccessDenied'].includes(error.code)
  const remedy = aboutKey
    ? 'Look at HEADRACE_UPSTREAM_ACCESS_KEY and HEADRACE_UPSTREAM_SECRET_KEY; an account that may make no bucket needs --bucket.'
    : 'Is it the address of an S3 endpoint?'
  return new Error(`${url} refuses: ${error.code}: ${error.message} ${remedy}`, { cause: error })
}
