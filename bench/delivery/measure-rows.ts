import { cpuMsOf } from '../targets/server-process.ts'
import type { Access } from './access.ts'
import type { ClientResult } from './load/client-job.ts'
import { requireWell, runClients, writeObjectSet } from './load/run-clients.ts'
import type { DeliveryRow } from './rows.ts'

/** One run of one row. */
export interface RowRun extends ClientResult {
  readonly row: string
  readonly access: string
  /** Of all processes of the proxy; 0 without one. */
  readonly cpuMs: number
}

export interface MeasureOptions {
  readonly rounds: number
  readonly seconds: number
  readonly say: (line: string) => void
}

/** Every way to the upstreams in turn, round by round, in changing order. The round before the first only warms them up. */
export async function measureRow(
  row: DeliveryRow,
  ways: readonly Access[],
  { rounds, seconds, say }: MeasureOptions,
): Promise<RowRun[]> {
  const { operation, objects, clients, ratePerS } = row
  const [writer] = ways
  if (writer?.endpoints[0] === undefined) throw new Error('there is no way to the upstreams')
  if (operation === 'get' && row.upstreams === 'rgw') await writeObjectSet(writer.endpoints[0], objects)
  const runs: RowRun[] = []
  for (let round = -1; round < rounds; round += 1) {
    for (const way of round % 2 === 0 ? ways : ways.toReversed()) {
      const beforeMs = cpuMsOf(way.processIds())
      const job = { endpoints: way.endpoints, objects, operation, clients, ratePerS, seconds }
      // To warm up, closed loops: a proxy that has just started is not to be buried.
      const result = await runClients(round < 0 ? { ...job, clients: Math.max(4, clients), ratePerS: undefined } : job)
      requireWell(`${row.name}, ${way.name}`, result)
      const cpuMs = cpuMsOf(way.processIds()) - beforeMs
      if (round < 0) continue
      runs.push({ row: row.name, access: way.name, cpuMs, ...result })
      const rate = `${(result.bodyBytes / 1e6 / result.seconds).toFixed(0)} MB/s`
      say(`${row.name} ${round + 1}/${rounds}: ${way.name} ${rate}, p50 ${result.p50Ms.toFixed(2)} ms`)
    }
  }
  return runs
}
