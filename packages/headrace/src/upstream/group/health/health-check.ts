import type { Headers } from '@headrace/s3'
import type { Clock } from '../../../core/runtime.ts'
import type { UpstreamClient, UpstreamRequest } from '../../exchange.ts'
import { outcomeOfReply } from '../figures/outcome.ts'

export interface CheckReply {
  readonly status: number
  readonly headers: Headers
  readonly body: Buffer
}

/** A small request that shows whether an upstream does its work. */
export interface HealthCheck {
  /**
   * Made anew for each check, so that it can be signed.
   * @param host what the upstream is addressed as
   */
  request(host: string): UpstreamRequest
  /** What is wrong with the reply; undefined when the upstream is well. */
  problemOf(reply: CheckReply): string | undefined
}

export interface PathCheck {
  /** `/` by default: the list of buckets, which every S3 endpoint answers or refuses at once. */
  readonly path?: string
  /** `GET` by default. */
  readonly method?: 'GET' | 'HEAD'
  /** The only status that is good. By default every one below 500, and those that ask for less. */
  readonly status?: number
  /** What the body has in it: a proxy in front of nothing may answer 200, too. */
  readonly bodyIncludes?: string
}

/** A check that is not signed. */
export function pathCheck({ path = '/', method = 'GET', status, bodyIncludes }: PathCheck = {}): HealthCheck {
  return {
    request: (host) => ({ method, target: path, headers: ['host', host] }),
    problemOf(reply) {
      if (status === undefined ? !works(reply) : reply.status !== status) return `${path} is answered ${reply.status}`
      if (bodyIncludes === undefined || reply.body.includes(bodyIncludes)) return undefined
      return `the reply to ${path} lacks ${JSON.stringify(bodyIncludes)}`
    },
  }
}

/** One that asks for less is not well, but does not become better by getting nothing. */
function works({ status, headers, body }: CheckReply): boolean {
  return outcomeOfReply(status, headers, body) !== 'unavailable'
}

export interface CheckRun {
  readonly clock: Clock
  readonly client: UpstreamClient
  readonly check: HealthCheck
  readonly host: string
  readonly timeoutMs: number
  readonly bodyBytesMax: number
  /** Something came from the upstream, whatever it is worth. */
  readonly answered: () => void
}

export type CheckResult =
  | { readonly result: 'passed' }
  | { readonly result: 'failed'; readonly problem: string }
  /** Nothing came in time. */
  | { readonly result: 'late'; readonly problem: string }

/** Runs one check. It never rejects. */
export async function runCheck(run: CheckRun): Promise<CheckResult> {
  const timeout = new AbortController()
  const late = Promise.withResolvers<CheckResult>()
  const cancel = run.clock.after(run.timeoutMs, () => {
    const problem = `a check was not answered in ${run.timeoutMs} ms`
    timeout.abort(new Error(problem))
    late.resolve({ result: 'late', problem })
  })
  try {
    return await Promise.race([ask(run, timeout.signal), late.promise])
  } finally {
    cancel()
  }
}

async function ask(run: CheckRun, signal: AbortSignal): Promise<CheckResult> {
  const { client, check, host, bodyBytesMax, answered } = run
  try {
    const reply = await client.exchange(check.request(host), signal)
    answered()
    const body = await reply.collect(bodyBytesMax)
    const problem = check.problemOf({ status: reply.status, headers: reply.headers, body })
    return problem === undefined ? { result: 'passed' } : { result: 'failed', problem }
  } catch (error) {
    return { result: 'failed', problem: error instanceof Error ? error.message : String(error) }
  }
}
