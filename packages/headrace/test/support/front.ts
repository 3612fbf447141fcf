import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { assembleGateway, type GatewayParts } from '../../src/assemble.ts'
import { parseSettings, type SettingsInput } from '../../src/config/settings.ts'
import { type Runtime, systemClock, systemRandom } from '../../src/core/runtime.ts'
import type { ObjectStore } from '../../src/core/store.ts'
import { AccessKeys } from '../../src/identity/access-keys.ts'
import { KeyFiles } from '../../src/identity/key-files.ts'
import { createMemoryStore } from '../../src/store/memory/memory-store.ts'
import { type Test, temporaryFolder } from '../open-store.ts'
import { Connection } from './connection.ts'
import { type RecordedEvents, recordEvents } from './events.ts'
import { keys } from './requests.ts'

export interface FrontUnderTest {
  readonly server: Server
  readonly port: number
  readonly events: RecordedEvents
  /** Behind all layers. */
  readonly store: ObjectStore
  /** A connection to it, for as long as the test. */
  open(): Connection
}

export interface FrontOptions extends Partial<Pick<GatewayParts, 'tls' | 'isReady'>> {
  readonly store?: ObjectStore
  readonly settings?: SettingsInput
}

/** A whole gateway on a free port of this machine, its objects in memory. It ends with the test. */
export async function startFront(t: Test, options: FrontOptions = {}): Promise<FrontUnderTest> {
  const events = recordEvents()
  const runtime: Runtime = { clock: systemClock, random: systemRandom, events }
  const store = options.store ?? createMemoryStore(runtime)
  const keyFiles = new KeyFiles([await temporaryFolder(t)])
  keyFiles.change(() => keys)
  const server = assembleGateway({
    store,
    settings: parseSettings(options.settings ?? {}, 'the test'),
    runtime,
    keys: new AccessKeys(keyFiles, undefined, runtime),
    worker: 7,
    tls: options.tls,
    isReady: options.isReady ?? (() => true),
  })
  await new Promise<void>((resolve) => server.listen({ host: '127.0.0.1', port: 0 }, resolve))
  t.after(async () => {
    server.close()
    server.closeAllConnections()
  })
  const { port } = server.address() as AddressInfo
  const open = () => {
    const connection = new Connection(port)
    t.after(async () => connection.destroy())
    return connection
  }
  return { server, port, events, store, open }
}
