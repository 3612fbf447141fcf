import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { LoadConnection } from '../../load/connection.ts'
import { type Endpoint, RequestMaker } from '../../load/requests.ts'
import type { ClientJob, ClientResult, ObjectSet } from './client-job.ts'

/** Runs clients in a process of their own, to the end of their job. */
export async function runClients(job: ClientJob): Promise<ClientResult> {
  const clients = spawn(process.execPath, [fileURLToPath(new URL('clients.ts', import.meta.url))], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  clients.stdin.end(JSON.stringify(job))
  return JSON.parse(await text(clients.stdout)) as ClientResult
}

/** Makes the bucket, which may be there, and writes the objects. @throws Error when one cannot be written */
export async function writeObjectSet(endpoint: Endpoint, objects: ObjectSet): Promise<void> {
  const connection = new LoadConnection(endpoint)
  await connection.send(new RequestMaker(endpoint, Date.now()).createBucket())
  connection.close()
  const result = await runClients({ endpoints: [endpoint], objects, operation: 'write', clients: 8, seconds: 60 })
  requireWell('writing objects', result)
}

/** Figures of requests that failed are worth nothing, where nothing was to make them fail. */
export function requireWell(what: string, { failed, failures, requests }: ClientResult): void {
  if (failed > 0) throw new Error(`${what}: ${failed} of ${failed + requests} failed: ${Object.keys(failures)}`)
}
