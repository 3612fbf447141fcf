import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import type { TestContext } from 'node:test'
import { program, type Server, type ServerOptions, startServer } from '../../server.ts'
import type { Endpoint } from '../../support/endpoint.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { Relay } from './relay.ts'

/** A store on a drive, two ways to it, and a server in front of them. */
export interface Scene {
  readonly relays: readonly [Relay, Relay]
  readonly front: Required<Server>
  /** Runs `headrace …` against the server in front, and returns what it prints. */
  headrace(...args: readonly string[]): Promise<string>
}

/** Starts all of it; it is stopped in order at the end of the test, which fails when that does not end with 0. */
export async function openScene(t: TestContext, options: ServerOptions = {}): Promise<Scene> {
  const store = await startServer({ workers: 0 })
  const relays = [await Relay.open(store), await Relay.open(store)] as const
  const upstreams = relays.map(({ url }) => url)
  const front = await startServer({ ...options, upstreams, env: { ...upstreamKey(store), ...options.env } })
  t.after(async () => {
    if (!t.passed) console.log(`The log of the server in front:\n${front.own.process.log}`)
    if (front.own.process.isRunning) assert.deepEqual(await front.own.process.stop(), { code: 0, signal: null })
    for (const relay of relays) relay.cut()
    assert.deepEqual(await store.own.process.stop(), { code: 0, signal: null })
  })
  return { relays, front, headrace: (...args) => headrace(...args, '--state', front.own.folder) }
}

/** What the server in front signs its requests with. */
export function upstreamKey({ accessKeyId, secretKey }: Endpoint): Record<string, string> {
  return { HEADRACE_UPSTREAM_ACCESS_KEY: accessKeyId, HEADRACE_UPSTREAM_SECRET_KEY: secretKey }
}

/** @throws Error with what it said when it does not end with 0 */
export async function headrace(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await attemptHeadrace(args)
  if (code !== 0) throw new Error(`headrace ${args.join(' ')} ended with ${code}: ${stderr}`)
  return stdout
}

/** Runs a command of headrace to its end, however it ends. */
export async function attemptHeadrace(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, [program, ...args], {
    cwd: temporaryFolder(),
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
    timeout: 60_000,
  })
  const output = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].on('data', (chunk: Buffer) => {
      output[name] += chunk.toString()
    })
  }
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  return { code, ...output }
}
