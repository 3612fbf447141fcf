import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { type Credentials, presign, signRequest } from '@headrace/s3'
import { assembleGateway, type GatewayParts } from '../../src/assemble.ts'
import { parseSettings, type SettingsInput } from '../../src/config/settings.ts'
import { type Runtime, systemClock, systemRandom } from '../../src/core/runtime.ts'
import type { ObjectStore } from '../../src/core/store.ts'
import { AccessKeys } from '../../src/identity/access-keys.ts'
import { writeKeyFile } from '../../src/identity/key-file.ts'
import { createMemoryStore } from '../../src/store/memory/memory-store.ts'
import { temporaryFolder } from '../open-store.ts'
import { type RecordedEvents, recordEvents } from './events.ts'

type Test = Parameters<typeof temporaryFolder>[0]

const keys = [
  { accessKeyId: 'ROOTKEY', secretKey: 'the secret of root', owner: 'root' },
  { accessKeyId: 'ALICEKEY', secretKey: 'the secret of alice', owner: 'alice' },
  { accessKeyId: 'BOBKEY', secretKey: 'the secret of bob', owner: 'bob' },
] as const
const [, alice, bob] = keys

export { alice, bob, keys }

export interface FrontUnderTest {
  readonly server: Server
  readonly port: number
  readonly events: RecordedEvents
  /** Behind all layers. */
  readonly store: ObjectStore
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
  const keyPath = join(await temporaryFolder(t), 'keys.json')
  writeKeyFile(keyPath, { keys })
  const server = assembleGateway({
    store,
    settings: parseSettings(options.settings ?? {}, 'the test'),
    runtime,
    keys: new AccessKeys(keyPath, undefined, runtime),
    worker: 7,
    tls: options.tls,
    isReady: options.isReady ?? (() => true),
  })
  await new Promise<void>((resolve) => server.listen({ host: '127.0.0.1', port: 0 }, resolve))
  t.after(async () => {
    server.close()
    server.closeAllConnections()
  })
  return { server, port: (server.address() as AddressInfo).port, events, store }
}

export interface RequestOptions {
  readonly method?: string
  /** Path and query, percent-encoded. */
  readonly target: string
  /** Names and values in turn. */
  readonly headers?: readonly string[]
  readonly body?: Uint8Array | string
  /** Undefined signs nothing. */
  readonly as?: Credentials | undefined
  readonly payloadHash?: string
}

/** The headers of a request, `host` and signature among them. */
export function headersOf(port: number, options: RequestOptions): string[] {
  const { method = 'GET', target, headers = [], body, as, payloadHash } = options
  const all = ['host', `127.0.0.1:${port}`, ...headers]
  if (body !== undefined) all.push('content-length', String(Buffer.byteLength(body)))
  if (as === undefined) return all
  const signed = { credentials: as, region: 'us-east-1', nowMs: systemClock.now() }
  return [...signRequest({ method, target, headers: all, payloadHash }, signed).headers]
}

/** A target that anyone may open for a minute. */
export function presignedTarget(port: number, target: string, as: Credentials, method = 'GET'): string {
  const signed = { credentials: as, region: 'us-east-1', nowMs: systemClock.now(), expiresSeconds: 60 }
  return presign({ method, target, headers: ['host', `127.0.0.1:${port}`] }, signed)
}
