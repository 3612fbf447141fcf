import type { Runtime } from '../../../core/runtime.ts'
import type { Discovery } from './discovery.ts'
import { type NamedOrigin, type OriginInput, originAt, originOf } from './origin.ts'

export interface ResolvedAddress {
  readonly address: string
  /** For how long the answer may be used. */
  readonly ttlMs: number
}

/** All addresses of a name. @throws when they cannot be found out */
export type Resolver = (hostname: string) => Promise<readonly ResolvedAddress[]>

/** A TTL of 0 is common, and does not mean that somebody wants to be asked all the time. */
const ttlMsMin = 1_000
/** Some answers are good for a day; a node that was added is not to wait for that. */
const ttlMsMax = 60_000
/** After a name could not be resolved. Requests go on to the upstreams that are known. */
const failedRestMs = 5_000

export interface NamedUpstreamsOptions extends Pick<Runtime, 'clock'> {
  /** The URL whose name is resolved; its own name is not used. */
  readonly input: OriginInput
  readonly resolve: Resolver
}

/**
 * Each address of a DNS name is an upstream: connections that are kept for long do not pin everybody to one of them. The
 * name is resolved again when the shortest TTL is over. All are addressed by the name.
 */
export function namedUpstreams({ clock, input, resolve }: NamedUpstreamsOptions): Discovery {
  const named = originOf(input)
  const lookUp = async (): Promise<{ origins: readonly NamedOrigin[]; ttlMs: number }> => {
    const answers = await resolve(named.origin.host)
    if (answers.length === 0) throw new Error(`${named.origin.host} has no address`)
    const addresses = [...new Set(answers.map(({ address }) => address))].sort()
    const ttlMs = Math.min(...answers.map((answer) => answer.ttlMs))
    return { origins: addresses.map((address) => originAt(named, address)), ttlMs }
  }
  return {
    watch({ changed, failed }) {
      const closing = new AbortController()
      const follow = async () => {
        let known = ''
        while (!closing.signal.aborted) {
          const answer = await lookUp().catch((error: unknown) => {
            failed(error)
            return undefined
          })
          if (closing.signal.aborted) return
          const names = answer?.origins.map(({ name }) => name).join()
          if (answer !== undefined && names !== undefined && names !== known) {
            known = names
            changed(answer.origins)
          }
          const restMs = answer === undefined ? failedRestMs : Math.min(Math.max(answer.ttlMs, ttlMsMin), ttlMsMax)
          await clock.sleep(restMs, closing.signal).catch(() => {})
        }
      }
      follow()
      return () => closing.abort()
    },
  }
}
