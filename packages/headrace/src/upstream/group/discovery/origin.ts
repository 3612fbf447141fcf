import { isIPv6 } from 'node:net'

/** Where an upstream is, and how it wants to be spoken to. */
export interface UpstreamOrigin {
  /** Its name in logs and metrics, one of its own in the group. */
  readonly name: string
  readonly protocol: 'http' | 'https'
  /** What is connected to: an address, or a name that the system resolves. */
  readonly address: string
  readonly port: number
  /** What it is addressed as: the value of `host`. */
  readonly host: string
  /** The name that its certificate must have; for https only. */
  readonly serverName: string
  /** Where it stands. Those in the zone of the group are preferred. */
  readonly zone?: string | undefined
}

export interface OriginInput {
  /** Such as `http://10.0.0.2:7480`: no path, no credentials. */
  readonly url: string
  /** Host and port of the URL by default. */
  readonly name?: string | undefined
  readonly zone?: string | undefined
}

/** @throws Error that says what is wrong with the URL */
export function originOf({ url, name, zone }: OriginInput): UpstreamOrigin {
  const parsed = URL.parse(url)
  if (parsed === null || (parsed.protocol !== 'http:' && parsed.protocol !== 'https:')) {
    throw new Error(`upstream ${url}: not the URL of an endpoint, such as http://10.0.0.2:7480`)
  }
  if (parsed.username !== '' || parsed.password !== '') {
    throw new Error(`upstream ${parsed.host}: credentials do not belong into its URL`)
  }
  if (parsed.pathname !== '/' || parsed.search !== '' || parsed.hash !== '') {
    throw new Error(`upstream ${url}: an endpoint has no path: leave out what follows ${parsed.host}`)
  }
  const protocol = parsed.protocol === 'http:' ? 'http' : 'https'
  const port = parsed.port === '' ? (protocol === 'http' ? 80 : 443) : Number(parsed.port)
  const hostname = parsed.hostname.replace(/^\[|\]$/g, '')
  return {
    name: name ?? `${parsed.hostname}:${port}`,
    protocol,
    address: hostname,
    port,
    host: parsed.host,
    serverName: hostname,
    zone,
  }
}

/** The same endpoint at one of the addresses of its name: an upstream of its own that is addressed as before. */
export function originAt(origin: UpstreamOrigin, address: string): UpstreamOrigin {
  const name = `${isIPv6(address) ? `[${address}]` : address}:${origin.port}`
  return { ...origin, name, address }
}
