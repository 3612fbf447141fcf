import { isIP, isIPv6 } from 'node:net'
import type { UpstreamOrigin } from '../../transport/origin.ts'

/** An upstream as a group knows it. */
export interface NamedOrigin {
  /** Its name in logs and metrics, one of its own in the group. */
  readonly name: string
  /** What it is addressed as: the value of `host`. */
  readonly host: string
  /** Where it stands. Those in the zone of the group are preferred. */
  readonly zone?: string | undefined
  /** Where it is reached. */
  readonly origin: UpstreamOrigin
}

export interface OriginInput {
  /** Such as `http://10.0.0.2:7480`: no path, no credentials. */
  readonly url: string
  /** Host and port of the URL by default. */
  readonly name?: string | undefined
  readonly zone?: string | undefined
}

/** @throws Error that says what is wrong with the URL */
export function originOf({ url, name, zone }: OriginInput): NamedOrigin {
  const parsed = URL.parse(url)
  const protocol = parsed?.protocol
  if (parsed === null || (protocol !== 'http:' && protocol !== 'https:')) {
    throw new Error(`upstream ${url}: not the URL of an endpoint, such as http://10.0.0.2:7480`)
  }
  if (parsed.username !== '' || parsed.password !== '') {
    throw new Error(`upstream ${parsed.host}: credentials do not belong into its URL`)
  }
  if (parsed.pathname !== '/' || parsed.search !== '' || parsed.hash !== '') {
    throw new Error(`upstream ${url}: an endpoint has no path: leave out what follows ${parsed.host}`)
  }
  const port = parsed.port === '' ? (protocol === 'http:' ? 80 : 443) : Number(parsed.port)
  const host = parsed.hostname.replace(/^\[|\]$/g, '')
  return { name: name ?? `${parsed.hostname}:${port}`, host: parsed.host, zone, origin: { protocol, host, port } }
}

/** The same at one of the addresses of its name: an upstream of its own that is addressed as before. */
export function originAt({ origin, ...named }: NamedOrigin, address: string): NamedOrigin {
  const name = `${isIPv6(address) ? `[${address}]` : address}:${origin.port}`
  const tls = origin.protocol === 'https:' && isIP(origin.host) === 0 ? { tls: { serverName: origin.host } } : {}
  return { ...named, name, origin: { ...origin, host: address, ...tls } }
}
