import { open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { Log } from '../../core/events.ts'
import { makeFolderDurably } from '../../store/embedded/drive/format-drive.ts'
import { assumedLedger, type Ledger, ledgerSchema } from '../../store/remote/capability/ledger.ts'

const fileName = 'upstream-ledger.json'

/** What a probe found, and of whom. */
const schema = z.strictObject({ formatVersion: z.literal(1), endpoint: z.string(), ledger: ledgerSchema })

/** Keeps what a probe of an endpoint found, for servers with this state folder, which is made where it is not there. */
export async function saveLedger(state: string, endpoint: string, ledger: Ledger): Promise<string> {
  await makeFolderDurably(state)
  const path = join(state, fileName)
  const file = await open(`${path}.new`, 'w', 0o600)
  try {
    await file.writeFile(`${JSON.stringify({ formatVersion: 1, endpoint, ledger }, undefined, 2)}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(`${path}.new`, path)
  const folder = await open(state, 'r')
  await folder.sync().finally(() => folder.close())
  return path
}

/**
 * What the upstreams of a server can do: what a probe found and kept in its state folder, or what is assumed until then.
 * @throws Error with the remedy when what was kept cannot be read
 */
export async function readLedger(state: string, endpoints: readonly string[], log: Log): Promise<Ledger> {
  const path = join(state, fileName)
  const [first = 'URL'] = endpoints
  const probe = `headrace upstream probe ${first} --save --state ${state}`
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw new Error(`${path} cannot be read: ${error.message}`)
  })
  if (text === undefined) {
    log.info(
      { assumed: assumedLedger.conditions, remedy: probe },
      'nobody has probed the upstreams: conditional PUTs are taken to hold, other conditions and checksums are not',
    )
    return assumedLedger
  }
  const { data } = schema.safeParse(parsed(text))
  if (data === undefined) {
    throw new Error(
      `${path} is damaged, or of another version of Headrace. Probe the upstream again: ${probe}. Or remove it: then less is assumed of the upstream.`,
    )
  }
  const { endpoint, ledger } = data
  if (!endpoints.includes(endpoint)) {
    log.warn(
      { path, endpoint, endpoints, remedy: probe },
      'what is known of the upstreams was found at another endpoint',
    )
  }
  return ledger
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
