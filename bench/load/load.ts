// The load generator, a process of its own: `node load.ts` takes a job as JSON on standard input and prints its result.
// Requests are signed before the clock runs; while it runs, replies are counted, and every status and length checked.
import { text } from 'node:stream/consumers'
import type { Row } from '../rows.ts'
import { LoadConnection } from './connection.ts'
import { type Endpoint, objectKey, type PreparedRequest, RequestMaker, requestsOf, seededBytes } from './requests.ts'

export type LoadJob = { readonly endpoint: Endpoint; readonly row: Row } & (
  | { readonly what: 'createBucket' }
  /** Writes the objects that the row reads. */
  | { readonly what: 'prepare' }
  | { readonly what: 'run'; readonly seconds: number; readonly round: string }
)

export interface LoadResult {
  readonly requests: number
  readonly failed: number
  /** Why, of the first. */
  readonly failure: string | undefined
  readonly seconds: number
  readonly bodyBytes: number
  readonly keys: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** CPU time of this process while the clock ran. */
  readonly cpuMs: number
}

/** Small writes are all of different keys as long as there are no more than these. */
const writesMax = 40_000

interface Tally {
  readonly latencies: number[]
  bodyBytes: number
  keys: number
  failed: number
  failure: string | undefined
}

/** Keeps connections busy until `next` has no more requests. */
async function run(endpoint: Endpoint, connections: number, next: () => PreparedRequest | undefined): Promise<Tally> {
  const tally: Tally = { latencies: [], bodyBytes: 0, keys: 0, failed: 0, failure: undefined }
  const work = async () => {
    let connection = new LoadConnection(endpoint)
    for (let request = next(); request !== undefined; request = next()) {
      const startedMs = performance.now()
      try {
        const reply = await connection.send(request)
        tally.latencies.push(performance.now() - startedMs)
        tally.bodyBytes += reply.bodyBytes + (request.body?.length ?? 0)
        tally.keys += reply.keys
        if (!connection.isLast) continue
      } catch (error) {
        tally.failed += 1
        tally.failure ??= String(error)
      }
      connection.close()
      connection = new LoadConnection(endpoint)
    }
    connection.close()
  }
  await Promise.all(Array.from({ length: connections }, work))
  return tally
}

async function measure(job: LoadJob): Promise<LoadResult> {
  const { endpoint, row } = job
  const maker = new RequestMaker(endpoint, Date.now())
  let connections = row.connections
  let next: () => PreparedRequest | undefined
  let startedMs = 0
  if (job.what === 'run') {
    const writes = row.sizeBytes > 1024 * 1024 ? 1000 : writesMax
    const requests = requestsOf(row, maker, { random: Math.random, writes, round: job.round })
    startedMs = performance.now()
    const endMs = startedMs + job.seconds * 1000
    next = () => (performance.now() < endMs ? requests() : undefined)
  } else {
    const wanted = job.what === 'createBucket' ? [maker.createBucket()] : preparations(row, maker)
    const left = wanted[Symbol.iterator]()
    connections = job.what === 'createBucket' ? 1 : Math.max(16, connections)
    if (row.sizeBytes > 1024 * 1024) connections = 2
    next = () => left.next().value
  }
  startedMs = performance.now()
  const before = process.cpuUsage()
  const { latencies, ...tally } = await run(endpoint, connections, next)
  const { user, system } = process.cpuUsage(before)
  const seconds = (performance.now() - startedMs) / 1000
  latencies.sort((a, b) => a - b)
  const percentile = (share: number) => latencies[Math.floor(latencies.length * share)] ?? 0
  return {
    requests: latencies.length,
    seconds,
    ...tally,
    p50Ms: percentile(0.5),
    p99Ms: percentile(0.99),
    cpuMs: (user + system) / 1000,
  }
}

/** Made as they are sent: a million of them need not be kept. */
function* preparations(row: Row, maker: RequestMaker): Generator<PreparedRequest, undefined> {
  const body = seededBytes(row.sizeBytes)
  for (let number = 0; number < row.objects; number += 1) yield maker.put(objectKey(row, number), body)
  return undefined
}

const job = JSON.parse(await text(process.stdin)) as LoadJob
process.stdout.write(JSON.stringify(await measure(job)))
