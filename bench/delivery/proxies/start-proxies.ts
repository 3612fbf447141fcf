import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { startHaproxy } from './haproxy.ts'
import { startHeadraceProxy } from './headrace.ts'
import { startNginxProxy } from './nginx.ts'
import type { ProxyOptions, ProxyServer, StartProxy } from './proxy.ts'

const starters = { haproxy: startHaproxy, nginx: startNginxProxy, headrace: startHeadraceProxy } satisfies Record<
  string,
  StartProxy
>
export type ProxyName = keyof typeof starters

/** Starts those that are installed in front of the same upstreams, runs something, and stops them. */
export async function withProxies<T>(
  folder: string,
  names: readonly ProxyName[],
  options: ProxyOptions,
  run: (proxies: readonly ProxyServer[]) => Promise<T>,
): Promise<T> {
  const proxies: ProxyServer[] = []
  try {
    for (const name of names) {
      const own = join(folder, name)
      mkdirSync(own, { recursive: true })
      const proxy = await starters[name](own, options)
      if (proxy !== undefined) proxies.push(proxy)
    }
    return await run(proxies)
  } finally {
    await Promise.all(proxies.map((proxy) => proxy.stop()))
  }
}
