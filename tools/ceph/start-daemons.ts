import { mkdirSync } from 'node:fs'
import { get } from 'node:http'
import { join } from 'node:path'
import { daemonCommand } from './configuration.ts'
import { endpointOf, rgwName } from './settings.ts'
import type { Site } from './site.ts'
import { until } from './until.ts'

/** Each step takes seconds; a busy machine is given time. */
export const stepTimeoutMs = 120_000

export function startDaemon({ daemons, conf, isBound }: Site, name: string): void {
  daemons.start(name, daemonCommand(conf, name), isBound)
}

/** Starts the monitor, and waits until it answers. */
export async function startMonitor(site: Site): Promise<void> {
  startDaemon(site, 'mon.a')
  await waitFor(site, 'the monitor answers', ['mon.a'], () =>
    site.ceph('mon', 'stat').then(
      () => true,
      () => false,
    ),
  )
}

/** Starts OSDs that have a device, and waits until they are up. */
export async function startOsds(site: Site, ids: readonly number[]): Promise<void> {
  const { epoch } = await readOsds(site)
  const names = ids.map((id) => `osd.${id}`)
  for (const name of names) startDaemon(site, name)
  await waitFor(site, `${names.join(', ')} up`, names, async () => {
    const { osds } = await readOsds(site)
    // One that was killed a moment ago may still be taken for up.
    return ids.every((id) => osds.some(({ osd, up, up_from }) => osd === id && up === 1 && up_from > epoch))
  })
}

/** Starts an RGW node, and waits until it answers. */
export async function startRgw(site: Site, index: number): Promise<void> {
  const name = rgwName(index)
  mkdirSync(join(site.folder, 'rgw', String(index + 1)), { recursive: true })
  startDaemon(site, name)
  const url = endpointOf(site.settings.rgwPorts[index] as number)
  await waitFor(site, `${name} answers`, [name], () => answers(url))
}

/** @param needed daemons without which it will never be so */
export async function waitFor(
  { daemons, signal }: Site,
  what: string,
  needed: readonly string[],
  isSo: () => Promise<boolean>,
): Promise<void> {
  await until(what, { timeoutMs: stepTimeoutMs, signal }, async () => {
    const lost = needed.find((name) => daemons.state(name) === 'ended')
    if (lost !== undefined) throw daemons.ended(lost)
    return await isSo()
  })
}

interface OsdsAnswer {
  readonly epoch: number
  readonly osds: readonly { readonly osd: number; readonly up: number; readonly up_from: number }[]
}

async function readOsds(site: Site): Promise<OsdsAnswer> {
  return JSON.parse(await site.ceph('osd', 'dump', '--format', 'json'))
}

function answers(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = get(url, { agent: false, timeout: 1_000 }, (reply) => {
      reply.resume()
      resolve(reply.statusCode === 200)
    })
    asked.on('timeout', () => asked.destroy())
    asked.on('error', () => resolve(false))
  })
}
