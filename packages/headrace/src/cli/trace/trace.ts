import { resolve } from 'node:path'
import { type Command, InvalidArgumentError } from 'commander'
import type { AccessRecord } from '../../core/access-record.ts'
import { findRecord } from '../../observe/find-record.ts'
import { stateLogPath } from '../../processes/store-paths.ts'
import { findKeyRoots } from '../key-roots.ts'
import { serverCommand, withServer } from '../server-command.ts'
import { defaultFolder, type StoreOptions } from '../store/connect.ts'
import type { Terminal } from '../store/terminal.ts'
import { showTrace } from './show-trace.ts'

/** `headrace trace`: from the access log, whether a server is running or not. */
export function traceCommand(terminal: Terminal): Command {
  return serverCommand('trace', 'Show what one request went through.')
    .argument('<request-id>', 'of the reply: its x-amz-request-id', requestId)
    .action(async (id: string, options: StoreOptions) => {
      const record = await find(terminal, id, options)
      if (record === undefined) {
        throw new Error(
          `There is no request ${id} in the access log. Requests are written down when they are over, within a second; old ones are dropped.`,
        )
      }
      terminal.print(options.json ? JSON.stringify(record) : showTrace(record, terminal.columns))
    })
}

async function find(terminal: Terminal, id: string, options: StoreOptions): Promise<AccessRecord | undefined> {
  const { data, state, endpoint } = options
  if (endpoint !== undefined) {
    let found: AccessRecord | null = null
    await withServer(terminal, options, async ({ server }) => {
      found = (await server.findRequest({ requestId: id })).record
    })
    return found ?? undefined
  }
  if (data !== undefined && state !== undefined) throw new Error('Name the log by --data or by --state, not both.')
  for (const root of await logRoots(data, state)) {
    const record = await findRecord(stateLogPath(root), id)
    if (record !== undefined) return record
  }
  return undefined
}

/** The log is on the first drive that was there: that may have been any. */
async function logRoots(data: string | undefined, state: string | undefined): Promise<readonly string[]> {
  const folder = data ?? state ?? defaultFolder()
  const isState = state !== undefined || (data === undefined && folder !== './data')
  return isState ? [resolve(folder)] : (await findKeyRoots([folder])).roots
}

function requestId(text: string): string {
  if (!/^[0-9A-Fa-f]{16}$/.test(text)) {
    throw new InvalidArgumentError('It must be the 16 hexadecimal digits of an x-amz-request-id.')
  }
  return text.toUpperCase()
}
