import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { adminClient } from '../../admin/admin-client.ts'
import { AdminError } from '../../admin/admin-error.ts'
import { endpointTransport, socketTransport, type Transport } from '../../admin/admin-transport.ts'
import { findServer, unreachable } from '../../admin/announcement.ts'
import type { StoreAdmin } from '../../admin/store-admin.ts'
import type { Terminal } from './terminal.ts'

/** What leads to a running server. */
export interface ServerOptions {
  readonly data?: string
  /** Of one in front of upstreams. */
  readonly state?: string
  readonly endpoint?: string
}

/** What every command of a running store takes. */
export interface StoreOptions extends ServerOptions {
  readonly json?: boolean
}

/** What a command works with. */
export interface StoreTool {
  readonly store: StoreAdmin
  readonly terminal: Terminal
  readonly isJson: boolean
  /** Whether folders are named as this machine knows them. */
  readonly isLocal: boolean
  /** Prints a reply as JSON, or as a person reads it. */
  show(reply: unknown, human: () => string): void
}

/** Runs a command against the server that the options lead to. */
export async function withStore(
  terminal: Terminal,
  options: StoreOptions,
  action: (tool: StoreTool) => Promise<void>,
): Promise<void> {
  const { endpoint, json: isJson = false } = options
  const transport = transportTo({ data: endpoint === undefined ? './data' : undefined, ...options }, terminal)
  await withRemedies(() =>
    action({
      store: adminClient('store', transport),
      terminal,
      isJson,
      isLocal: endpoint === undefined,
      show: (reply, human) => terminal.print(isJson ? JSON.stringify(reply) : human()),
    }),
  )
}

/** Adds what to do to messages of the admin API. */
export async function withRemedies(action: () => Promise<void>): Promise<void> {
  try {
    await action()
  } catch (error) {
    if (!(error instanceof AdminError) || error.remedy === undefined) throw error
    throw new Error(`${error.message} ${error.remedy}`, { cause: error })
  }
}

/**
 * The way to the server that the options lead to. Without any, it is that of the folders that a server takes by default,
 * whichever has one.
 */
export function transportTo({ data, state, endpoint }: ServerOptions, terminal: Terminal): Transport {
  const named = [data, state, endpoint].filter((each) => each !== undefined)
  if (named.length > 1) throw new Error('Name the server in one way: by --data, by --state or by --endpoint.')
  return endpoint === undefined ? byFolder(resolve(data ?? state ?? defaultFolder())) : byEndpoint(endpoint, terminal)
}

/** Where a server is, or its log, when nobody names a folder. */
export function defaultFolder(): string {
  return !existsSync('./data/locks') && existsSync('./headrace/locks') ? './headrace' : './data'
}

/** The word in the folder is read for each request: a server that was restarted has left another. */
function byFolder(root: string): Transport {
  return async (request) => {
    const server = await findServer(root)
    try {
      return await socketTransport(server.socketPath)(request)
    } catch (error) {
      throw unreachable(root, server, error)
    }
  }
}

function byEndpoint(text: string, { clock }: Terminal): Transport {
  const endpoint = parseEndpoint(text)
  const { HEADRACE_ACCESS_KEY: accessKeyId, HEADRACE_SECRET_KEY: secretKey } = process.env
  if (!accessKeyId || !secretKey) {
    throw new Error(
      "--endpoint needs the root owner's access key in HEADRACE_ACCESS_KEY and HEADRACE_SECRET_KEY. On the server's machine, --data DIR or --state DIR needs none.",
    )
  }
  const send = endpointTransport({ endpoint, credentials: { accessKeyId, secretKey }, clock })
  return async (request) => {
    try {
      return await send(request)
    } catch (error) {
      throw new Error(`${endpoint.origin} cannot be asked: ${reasonOf(error)}. Is this the admin port (9001)?`, {
        cause: error,
      })
    }
  }
}

function parseEndpoint(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isPlain = url?.pathname === '/' && url.search === '' && url.hash === '' && url.username === ''
  if (url === undefined || !/^https?:$/.test(url.protocol) || !isPlain) {
    throw new Error('--endpoint is an address such as http://127.0.0.1:9001, with nothing behind the port.')
  }
  return url
}

/** Where several addresses were tried, the message is in each of them. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join(', ')
  return (error as Error).message
}
