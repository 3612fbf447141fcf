import cluster from 'node:cluster'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseSettings, type SettingsInput } from '../../src/config/settings.ts'
import { type RunningServer, startServer } from '../../src/processes/supervisor.ts'
import { type Test, temporaryFolder } from '../open-store.ts'
import { type Connection, request } from './connection.ts'
import { type RecordedEvents, recordEvents } from './events.ts'
import type { RequestOptions } from './requests.ts'

export const rootKey = { accessKeyId: 'ROOTKEY', secretKey: 'the secret of root' }
const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

export interface ServerUnderTest extends RunningServer {
  /** What the supervisor has logged. */
  readonly events: RecordedEvents
  /** Processes of the gateways, and that of the keeper. */
  gatewayPids(): number[]
  keeperPid(): number
  send(options: RequestOptions): ReturnType<Connection['request']>
}

/** A server with children of its own, on free ports and a new store. It ends with the test. */
export async function startTestServer(
  t: Test,
  options: { root?: string; settings?: SettingsInput; main?: string } = {},
): Promise<ServerUnderTest> {
  // Called off before the folder goes: what is done after a test is done in the order in which it was asked for.
  let stop = async () => {}
  t.after(() => stop())
  const root = options.root ?? (await temporaryFolder(t))
  const events = recordEvents()
  const input = { workers: 1, port: 0, adminPort: 0, reserveBytes: 0, logLevel: 'error', ...options.settings } as const
  const settings = parseSettings({ data: [root], ...input }, 'the test')
  const server = await startServer({ settings, rootKey, main: options.main ?? main, log: events.log })
  let stopped: Promise<void> | undefined
  stop = async () => {
    stopped ??= server.stop()
    await stopped
  }
  return {
    ...server,
    stop,
    events,
    gatewayPids: () => Object.values(cluster.workers ?? {}).flatMap((worker) => worker?.process.pid ?? []),
    keeperPid: () => Number(readFileSync(join(root, 'locks', 'keeper.pid'), 'utf8')),
    send: (options) => request(server.port, { as: rootKey, ...options }),
  }
}
