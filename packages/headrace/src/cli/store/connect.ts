import { resolve } from 'node:path'
import { storeAdminClient } from '../../admin/admin-client.ts'
import { AdminError } from '../../admin/admin-error.ts'
import { endpointTransport, socketTransport, type Transport } from '../../admin/admin-transport.ts'
import { findServer, unreachable } from '../../admin/announcement.ts'
import type { StoreAdmin } from '../../admin/store-admin.ts'
import type { Terminal } from './terminal.ts'

/** What every command of a running store takes. */
export interface StoreOptions {
  readonly data?: string
  readonly endpoint?: string
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
  const { data, endpoint, json: isJson = false } = options
  if (data !== undefined && endpoint !== undefined)
    throw new Error('Name the server by --data or by --endpoint, not both.')
  const transport = endpoint === undefined ? byDrive(resolve(data ?? './data')) : byEndpoint(endpoint, terminal)
  try {
    await action({
      store: storeAdminClient(transport),
      terminal,
      isJson,
      isLocal: endpoint === undefined,
      show: (reply, human) => terminal.print(isJson ? JSON.stringify(reply) : human()),
    })
  } catch (error) {
    if (!(error instanceof AdminError) || error.remedy === undefined) throw error
    throw new Error(`${error.message} ${error.remedy}`, { cause: error })
  }
}

/** The word on the drive is read for each request: a server that was restarted has left another. */
function byDrive(root: string): Transport {
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
      "--endpoint needs the root owner's access key in HEADRACE_ACCESS_KEY and HEADRACE_SECRET_KEY. On the server's machine, --data DIR needs none.",
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
