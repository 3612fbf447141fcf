import type { Endpoint } from '../load/requests.ts'
import type { ProxyServer } from './proxies/proxy.ts'

export const bucket = 'bench-delivery'

/** A way to the upstreams: through a proxy, or straight. */
export interface Access {
  readonly name: string
  readonly endpoints: readonly Endpoint[]
  /** Of the proxy; none without one. */
  processIds(): number[]
}

export function throughProxy(proxy: ProxyServer): Access {
  return { name: proxy.name, endpoints: [{ ...proxy.endpoint, bucket }], processIds: () => proxy.processIds() }
}

/** Clients share the upstreams among themselves. */
export function straight(upstreams: readonly string[], credentials: Endpoint['credentials']): Access {
  const endpoints = upstreams.map((url) => {
    const { hostname: host, port } = new URL(url)
    return { host, port: Number(port), credentials, bucket }
  })
  return { name: 'direct', endpoints, processIds: () => [] }
}
