import { availableParallelism } from 'node:os'
import { z } from 'zod'
import { serverLimits } from '../core/limits.ts'

const port = z.number().int().min(0).max(65_535)

/**
 * Everything that an operator can set, with what it is when nobody does. Settings are few: what nobody can tune well has
 * its reason in `core/limits.ts` instead.
 */
export const settingsSchema = z.strictObject({
  /** Folders that hold the store, one for each drive; `d{1...6}` names six. */
  data: z.array(z.string().min(1)).min(1).default(['./data']),
  /** Endpoints of one S3 store to stand in front of, in place of a store on local drives. */
  upstream: z
    .strictObject({
      /** Such as `http://10.0.0.2:7480`; any of them can take any request. */
      endpoints: z.array(z.string().min(1)).min(1),
      /** That requests to them are signed for. */
      region: z.string().min(1).default('us-east-1'),
      /** What is asked of each once a second; by default the list of buckets, unsigned, which is answered or refused. */
      check: z
        .strictObject({
          path: z.string().startsWith('/').optional(),
          method: z.enum(['GET', 'HEAD']).optional(),
          status: z.number().int().min(200).max(599).optional(),
          bodyIncludes: z.string().min(1).optional(),
        })
        .default({}),
    })
    .optional(),
  /** Folder for keys and logs where there are no drives. */
  state: z.string().min(1).default('./headrace'),
  /** Where drives stand, and of which kind they are, where that is not this machine and `hot`. */
  drives: z
    .array(
      z.strictObject({
        path: z.string().min(1),
        host: z.string().min(1).optional(),
        rack: z.string().min(1).optional(),
        deviceClass: z.string().min(1).optional(),
      }),
    )
    .default([]),
  /** How a new store protects data, such as `4+2` or `copies:3`; by default the number of drives says. */
  profile: z.string().min(1).optional(),
  /** What chunks of one data must not share. */
  failureDomain: z.enum(['drive', 'host', 'rack']).default('drive'),
  /** For so long a drive may be away before its data is rebuilt elsewhere. */
  downOutMs: z.number().int().min(0).default(serverLimits.downOutMs),
  /** Lets `headrace fault` make drives or upstreams slow or fail, for drills. */
  allowFaults: z.boolean().default(false),
  /** Address and port of the S3 endpoint. Port 0 takes a free one. */
  host: z.string().min(1).default('127.0.0.1'),
  port: port.default(9000),
  /** Address and port of health and metrics, which anybody who reaches them may read. */
  adminHost: z.string().min(1).default('127.0.0.1'),
  adminPort: port.default(9001),
  /** Base domains under which buckets can be named in the host, such as `s3.example.com`. */
  domains: z.array(z.string().regex(/^[a-z0-9.-]+$/, 'a domain in lower case')).default([]),
  /** The only region that clients may sign for; any by default. */
  region: z.string().min(1).optional(),
  /** Processes that serve requests; 0 serves them in the one process that does everything. */
  workers: z.number().int().min(0).max(256).default(availableParallelism()),
  /** PEM files; they are read again when they change. */
  tls: z.strictObject({ cert: z.string(), key: z.string() }).optional(),
  /** Space that writes leave free on the drive, in bytes; by default 1 GiB or 1 %, whichever is more. */
  reserveBytes: z.number().int().min(0).optional(),
  /** How long requests may go on after a signal to stop. */
  drainMs: z.number().int().min(0).default(serverLimits.drainTimeoutMs),
  logLevel: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
})

export type Settings = z.output<typeof settingsSchema>
export type SettingsInput = z.input<typeof settingsSchema>

/** For `headrace.config.ts`: checks the types of a configuration while it is written. */
export function defineConfig(settings: SettingsInput): SettingsInput {
  return settings
}

/** Settings that are not what they should be, with the places. */
export class SettingsError extends Error {
  constructor(where: string, problems: readonly string[]) {
    super(`${where}:\n${problems.map((problem) => `  ${problem}`).join('\n')}`)
    this.name = 'SettingsError'
  }
}

/** @throws SettingsError */
export function parseSettings(input: unknown, where: string): Settings {
  const result = settingsSchema.safeParse(input)
  if (result.success) return result.data
  const problems = result.error.issues.map(({ path, message }) => `${path.join('.') || 'the settings'}: ${message}`)
  throw new SettingsError(where, problems)
}
