// Requests at a fixed rate, whatever the replies do: `node open-loop.ts` takes a job as JSON on standard input and prints
// its result. The time of a request counts from when it was due, so that a server that stands still is not spared those
// that would have come meanwhile.
import { text } from 'node:stream/consumers'
import { LoadConnection } from './connection.ts'
import { type Latencies, latenciesOf, type Sample } from './latencies.ts'
import { type Endpoint, RequestMaker } from './requests.ts'

export interface OpenLoopJob {
  readonly endpoint: Endpoint
  /** To read from, chosen at random. */
  readonly objects: readonly { readonly key: string; readonly bytes: number }[]
  readonly ratePerS: number
  readonly seconds: number
}

export interface OpenLoopResult extends Latencies {
  readonly failed: number
  /** Why, of the first. */
  readonly failure: string | undefined
  readonly samples: readonly Sample[]
}

/** Requests that wait for each other are a server that is lost: it is not buried under more. */
const connectionsMax = 256

async function measure({ endpoint, objects, ratePerS, seconds }: OpenLoopJob): Promise<OpenLoopResult> {
  const maker = new RequestMaker(endpoint, Date.now())
  const requests = objects.map(({ key, bytes }) => maker.get(key, bytes))
  const idle: LoadConnection[] = []
  const samples: Sample[] = []
  const failures: string[] = []
  const underWay = new Set<Promise<void>>()
  const begunMs = performance.now()

  const send = async (dueMs: number) => {
    const request = requests[Math.floor(Math.random() * requests.length)]
    if (request === undefined) throw new Error('there is nothing to read')
    // The one that was used longest ago: none is idle for so long that the server closes it.
    const connection = idle.shift() ?? new LoadConnection(endpoint)
    try {
      await connection.send(request)
      samples.push({ dueMs: performance.timeOrigin + dueMs, latencyMs: performance.now() - dueMs })
      if (connection.isLast) connection.close()
      else idle.push(connection)
    } catch (error) {
      failures.push(String(error))
      connection.close()
    }
  }

  for (let number = 0; number < ratePerS * seconds; number += 1) {
    const dueMs = begunMs + (number * 1000) / ratePerS
    const waitMs = dueMs - performance.now()
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs))
    if (underWay.size >= connectionsMax) {
      failures.push(`${connectionsMax} requests wait for a reply`)
      continue
    }
    // A timer wakes late; what it is late by is not the server's.
    const sent = send(Math.max(dueMs, waitMs > 0 ? performance.now() : dueMs)).finally(() => underWay.delete(sent))
    underWay.add(sent)
  }
  await Promise.all(underWay)
  for (const connection of idle) connection.close()
  return { ...latenciesOf(samples), failed: failures.length, failure: failures[0], samples }
}

process.stdout.write(JSON.stringify(await measure(JSON.parse(await text(process.stdin)) as OpenLoopJob)))
