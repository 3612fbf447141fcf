import type { RecordWithTtl } from 'node:dns'
import { lookup, resolve4, resolve6 } from 'node:dns/promises'
import { isIP } from 'node:net'
import type { ResolvedAddress } from './named-upstreams.ts'

/** What the system knows without DNS, such as from its hosts file, comes without a TTL. */
const systemTtlMs = 30_000

/**
 * Asks DNS for all addresses of a name, of IPv4 and IPv6; the system when DNS has none.
 * @throws what the system says when it has none either
 */
export async function resolveName(hostname: string): Promise<ResolvedAddress[]> {
  if (isIP(hostname) !== 0) return [{ address: hostname, ttlMs: systemTtlMs }]
  const answers = await Promise.allSettled([resolve4(hostname, { ttl: true }), resolve6(hostname, { ttl: true })])
  const records = answers.flatMap((answer): RecordWithTtl[] => (answer.status === 'fulfilled' ? answer.value : []))
  if (records.length > 0) return records.map(({ address, ttl }) => ({ address, ttlMs: ttl * 1000 }))
  const known = await lookup(hostname, { all: true })
  return known.map(({ address }) => ({ address, ttlMs: systemTtlMs }))
}
