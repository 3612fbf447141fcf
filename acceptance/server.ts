import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import net from 'node:net'
import { join } from 'node:path'
import { after, afterEach, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type Certificate, makeCertificate } from './support/certificate.ts'
import type { Endpoint } from './support/endpoint.ts'
import { childrenOf } from './support/processes.ts'
import { temporaryFolder } from './support/temporary-folder.ts'
import { until } from './support/wait.ts'

/** Another one can be named, such as that of an earlier commit. */
export const program =
  process.env.HEADRACE_ACCEPTANCE_PROGRAM ??
  fileURLToPath(new URL('../packages/headrace/bin/headrace.js', import.meta.url))
const readyTimeoutMs = 30_000
const stopTimeoutMs = 30_000
const keys = { accessKeyId: 'acceptance', secretKey: 'acceptance-secret' }

export interface ServerOptions {
  /** The data folder; by default a new one. */
  readonly folder?: string
  /** Data folders, one a drive, or patterns of them; instead of `folder`. */
  readonly folders?: readonly string[]
  /** Endpoints to stand in front of, in place of drives; `folder` has the server's state then. */
  readonly upstreams?: readonly string[]
  /** By default any that is free. */
  readonly port?: number
  readonly tls?: boolean | Certificate
  readonly workers?: number
  /** Further arguments of `headrace serve`. */
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

export interface Exit {
  readonly code: number | null
  readonly signal: string | null
}

/** Starts `headrace serve` with these arguments, and waits for nothing. */
export class ServerProcess {
  readonly pid: number
  readonly exited: Promise<Exit>
  readonly #child: ChildProcess
  readonly #logPath: string
  #exit: Exit | undefined

  constructor(args: readonly string[], logPath: string, env: Readonly<Record<string, string>> = {}) {
    this.#logPath = logPath
    const log = openSync(logPath, 'a')
    this.#child = spawn(process.execPath, [program, 'serve', ...args], {
      stdio: ['ignore', log, log],
      env: {
        ...process.env,
        HEADRACE_ACCESS_KEY: keys.accessKeyId,
        HEADRACE_SECRET_KEY: keys.secretKey,
        ...env,
      },
    })
    closeSync(log)
    this.pid = this.#child.pid as number
    this.exited = new Promise((resolve) => {
      this.#child.once('exit', (code, signal) => {
        this.#exit = { code, signal }
        resolve(this.#exit)
      })
    })
    // A server never outlives its test, and never keeps it from ending; its folder goes after it.
    this.#child.unref()
    process.prependOnceListener('exit', () => this.#child.kill('SIGKILL'))
  }

  get isRunning(): boolean {
    return this.#exit === undefined
  }

  /** What it has printed and logged so far. */
  get log(): string {
    return readFileSync(this.#logPath, 'utf8')
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name)
  }

  /** Tells it to stop, and waits for its end. */
  async stop(): Promise<Exit> {
    this.signal('SIGTERM')
    await until(`the server (process ${this.pid}) ends`, stopTimeoutMs, () => !this.isRunning)
    return await this.exited
  }
}

/** A server that serves. */
export interface Server extends Endpoint {
  /** Undefined for a server that was running before, which is not to be stopped or looked into. */
  readonly own?: { readonly process: ServerProcess; readonly folder: string; readonly adminUrl: string }
}

/** The server that the environment names, for tests that can run against any. */
function namedServer(isTls: boolean): Server | undefined {
  const { HEADRACE_ACCEPTANCE_ENDPOINT: plain, HEADRACE_ACCEPTANCE_TLS_ENDPOINT: secure } = process.env
  const url = isTls ? secure : plain
  if (plain === undefined || url === undefined) return undefined
  const { hostname: host, port, protocol } = new URL(url)
  const { HEADRACE_ACCEPTANCE_ACCESS_KEY = '', HEADRACE_ACCEPTANCE_SECRET_KEY = '' } = process.env
  return {
    url,
    host,
    port: Number(port || (protocol === 'https:' ? 443 : 80)),
    accessKeyId: HEADRACE_ACCEPTANCE_ACCESS_KEY,
    secretKey: HEADRACE_ACCEPTANCE_SECRET_KEY,
    certificate: isTls ? process.env.HEADRACE_ACCEPTANCE_CA : undefined,
  }
}

/**
 * Starts a server of the test's own, and resolves when it serves.
 * @throws Error with its log when it does not
 */
export async function startServer(options: ServerOptions = {}): Promise<Required<Server>> {
  const parent = temporaryFolder()
  const { folder = join(parent, 'data'), folders = [folder], port = 0, workers = 2, args = [], env } = options
  const tls = options.tls === true ? await makeCertificate(parent) : options.tls || undefined
  const tlsArgs = tls === undefined ? [] : ['--tls-cert', tls.cert, '--tls-key', tls.key]
  const ports = ['--port', String(port), '--admin-port', '0']
  const { upstreams } = options
  const place = upstreams === undefined ? ['--data', ...folders] : ['--upstream', ...upstreams, '--state', folder]
  const all = [...place, ...ports, '--workers', String(workers), ...tlsArgs, ...args]
  const started = new ServerProcess(all, join(parent, 'log'), env)
  try {
    // The banner comes when the last process serves, readiness with the first.
    await until('the server serves', readyTimeoutMs, async () => {
      assert.ok(started.isRunning, 'it ended before it served')
      const endpoint = readBanner(started.log, tls?.cert)
      return endpoint !== undefined && (await isReady(endpoint))
    })
  } catch (error) {
    throw new Error(`${(error as Error).message}; it said:\n${started.log}`)
  }
  const adminUrl = /^ {2}Metrics +(\S+)\/metrics$/m.exec(started.log)?.[1] ?? ''
  return { ...(readBanner(started.log, tls?.cert) as Endpoint), own: { process: started, folder, adminUrl } }
}

/** What a server prints when it serves, and what users take from there. */
function readBanner(log: string, certificate: string | undefined): Endpoint | undefined {
  const [, url, accessKeyId = '', secret = ''] =
    /^ {2}Endpoint +(\S+)\n {2}Access key +(\S+)\n {2}Secret key +(.+)$/m.exec(log) ?? []
  if (url === undefined) return undefined
  const { hostname: host, port } = new URL(url)
  const secretKey = secret.startsWith('(') ? keys.secretKey : secret
  return { url, host, port: Number(port), certificate, accessKeyId, secretKey }
}

/**
 * The server of a test file: the one that the environment names, or one that is started for the file and stopped with
 * it. When a test fails, the server's log is printed. A server of our own must come through the tests with the
 * processes with which it began, and without an error in its log.
 */
export async function useServer(options: { readonly tls?: boolean } = {}): Promise<Server> {
  const named = namedServer(options.tls === true)
  if (named !== undefined) return named
  const server = await startServer({ tls: options.tls ?? false })
  const { process: started } = server.own
  const children = childrenOf(started.pid)
  let hasFailed = false
  afterEach((t) => {
    hasFailed ||= !(t as TestContext).passed
  })
  after(async () => {
    if (hasFailed) console.log(`The log of the server:\n${started.log}`)
    assert.deepEqual(childrenOf(started.pid), children, 'a process of the server was replaced')
    assert.deepEqual(await started.stop(), { code: 0, signal: null })
    assert.deepEqual(problemsIn(started.log), [])
  })
  return server
}

/** Lines of a log that say that something is broken: pino's level 50 and above. */
export function problemsIn(log: string): string[] {
  return log.split('\n').filter((line) => /^\{"level":[5-9]\d/.test(line))
}

/** Whether the endpoint says that it serves. */
export function isReady({ url, certificate }: Pick<Endpoint, 'url' | 'certificate'>): Promise<boolean> {
  const options = { agent: false as const, ca: certificate && readFileSync(certificate) }
  return new Promise((resolve) => {
    const asked = (certificate === undefined ? httpRequest : httpsRequest)(`${url}/-/ready`, options, (reply) => {
      reply.resume()
      resolve(reply.statusCode === 200)
    })
    asked.once('error', () => resolve(false))
    asked.end()
  })
}

/** A port that nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = net.createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as net.AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
