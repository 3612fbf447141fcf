import { Command, InvalidArgumentError } from 'commander'
import { loadSettings } from '../config/load.ts'
import type { SettingsInput } from '../config/settings.ts'
import type { RootKey } from '../identity/access-keys.ts'
import { createLog } from '../observe/log.ts'
import { type RunningServer, startServer } from '../processes/supervisor.ts'
import { banner } from './banner.ts'
import { upstreamKeyFromEnvironment } from './upstream/upstream-key.ts'

interface ServeOptions {
  readonly data?: string[]
  readonly upstream?: string[]
  readonly upstreamRegion?: string
  readonly state?: string
  readonly host?: string
  readonly port?: number
  readonly adminHost?: string
  readonly adminPort?: number
  readonly domain?: string[]
  readonly region?: string
  readonly workers?: number
  readonly config?: string
  readonly tlsCert?: string
  readonly tlsKey?: string
  readonly reserveBytes?: number
  readonly profile?: string
  readonly failureDomain?: SettingsInput['failureDomain']
  readonly downOutMs?: number
  readonly allowFaults?: boolean
  readonly logLevel?: SettingsInput['logLevel']
}

function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('It must be a whole number.')
  return Number(text)
}

/** `headrace serve` */
export function serveCommand(main: string): Command {
  return new Command('serve')
    .description('Serve S3 from a store on local drives, or in front of other S3 endpoints.')
    .option('--data <folder...>', "folders of the store, one a drive; 'd{1...6}' names six (default ./data)")
    .option(
      '--upstream <url...>',
      'endpoints of one S3 store to stand in front of, such as http://10.0.0.2:7480; in place of --data',
    )
    .option('--upstream-region <name>', 'region that requests to upstreams are signed for (default us-east-1)')
    .option('--state <folder>', 'keys and logs with --upstream (default ./headrace)')
    .option('--host <address>', 'address to listen on (default 127.0.0.1)')
    .option('--port <number>', 'port of the S3 endpoint, 0 for a free one (default 9000)', wholeNumber)
    .option('--admin-host <address>', 'address of health and metrics (default 127.0.0.1)')
    .option('--admin-port <number>', 'port of health and metrics, 0 for a free one (default 9001)', wholeNumber)
    .option('--domain <name...>', 'base domain under which buckets can be host names')
    .option('--region <name>', 'accept signatures for this region only (default any)')
    .option(
      '--workers <number>',
      'processes that serve requests; 0 puts everything in one (default one per core)',
      wholeNumber,
    )
    .option('--tls-cert <file>', 'PEM certificate: serve HTTPS; read again when it changes')
    .option('--tls-key <file>', 'PEM key of the certificate')
    .option(
      '--reserve-bytes <number>',
      'space that writes leave free (default 1 GiB or 1 %, whichever is more)',
      wholeNumber,
    )
    .option('--profile <k+m>', 'protection of a new store, such as 4+2 or copies:3 (default by the number of drives)')
    .option('--failure-domain <kind>', 'what chunks of one object must not share: drive, host or rack (default drive)')
    .option(
      '--down-out-ms <number>',
      'rebuild the data of a drive that is away for so long (default 600000)',
      wholeNumber,
    )
    .option('--allow-faults', 'let `headrace fault` make drives or upstreams slow or fail, for drills')
    .option('--config <file>', 'configuration, .ts or .yaml; the command line comes before it')
    .option('--log-level <level>', 'debug, info, warn or error (default info)')
    .action((options: ServeOptions) => serve(options, main))
}

async function serve(options: ServeOptions, main: string): Promise<void> {
  const settings = await loadSettings(options.config, commandLineSettings(options))
  const rootKey = rootKeyFromEnvironment()
  const log = createLog(settings.logLevel, 'supervisor')
  const upstreamKey = settings.upstream && upstreamKeyFromEnvironment()
  const starting = startServer({ settings, rootKey, upstreamKey, main, log })
  stopOnSignals(starting)
  const server = await starting
  const secretIsGiven = rootKey !== undefined
  process.stdout.write(
    banner({
      server,
      host: settings.host,
      adminHost: settings.adminHost,
      isTls: settings.tls !== undefined,
      secretIsGiven,
      upstreams: settings.upstream?.endpoints,
    }),
  )
}

function commandLineSettings(options: ServeOptions): SettingsInput {
  const { tlsCert, tlsKey, upstream, upstreamRegion: region } = options
  if (upstream !== undefined && options.data !== undefined) {
    throw new Error('--data and --upstream do not go together: a server has one store.')
  }
  if ((tlsCert === undefined) !== (tlsKey === undefined)) throw new Error('--tls-cert and --tls-key go together.')
  return {
    data: options.data,
    upstream: upstream && { endpoints: upstream, ...(region !== undefined && { region }) },
    state: options.state,
    host: options.host,
    port: options.port,
    adminHost: options.adminHost,
    adminPort: options.adminPort,
    domains: options.domain,
    region: options.region,
    workers: options.workers,
    tls: tlsCert === undefined || tlsKey === undefined ? undefined : { cert: tlsCert, key: tlsKey },
    reserveBytes: options.reserveBytes,
    profile: options.profile,
    failureDomain: options.failureDomain,
    downOutMs: options.downOutMs,
    allowFaults: options.allowFaults,
    logLevel: options.logLevel,
  }
}

const accessKeyCharactersMin = 3
const secretKeyCharactersMin = 8

function rootKeyFromEnvironment(): RootKey | undefined {
  const { HEADRACE_ACCESS_KEY: accessKeyId, HEADRACE_SECRET_KEY: secretKey } = process.env
  if (!accessKeyId && !secretKey) return undefined
  if (!accessKeyId || !secretKey) throw new Error('HEADRACE_ACCESS_KEY and HEADRACE_SECRET_KEY go together.')
  if (accessKeyId.length < accessKeyCharactersMin || secretKey.length < secretKeyCharactersMin) {
    throw new Error(
      `HEADRACE_ACCESS_KEY needs at least ${accessKeyCharactersMin} characters, HEADRACE_SECRET_KEY at least ${secretKeyCharactersMin}.`,
    )
  }
  return { accessKeyId, secretKey }
}

/** The first signal stops in order, as soon as the server has begun; a second one at once. */
function stopOnSignals(starting: Promise<RunningServer>): void {
  let isStopping = false
  const handle = () => {
    if (isStopping) process.exit(1)
    isStopping = true
    starting
      .then((server) => server.stop())
      .then(
        () => process.exit(0),
        () => process.exit(1),
      )
  }
  process.on('SIGINT', handle)
  process.on('SIGTERM', handle)
}
