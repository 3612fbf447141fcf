// Clients of an S3 store, a process of its own: `node clients.ts` takes a job as JSON on standard input and prints its
// result. They make no retries of their own unless told to, and look at every byte that they read.
import { text } from 'node:stream/consumers'
import { LoadConnection, wrongBytes } from '../../load/connection.ts'
import { type Endpoint, type PreparedRequest, RequestMaker, seededBytes } from '../../load/requests.ts'
import { type ClientJob, type ClientResult, shiftBytes } from './client-job.ts'

/** After the end, what is under way is waited for so long. */
const patienceMs = 30_000
/** Before a client sends again. */
const backoffMs = 20

class Clients {
  readonly #job: ClientJob
  readonly #latencies: number[] = []
  readonly #failures: Record<string, number> = {}
  readonly #open = new Set<LoadConnection>()
  #failed = 0
  #wrong = 0
  #reconnects = 0
  #retries = 0
  #bodyBytes = 0
  #startedMs = 0
  #begun = 0

  constructor(job: ClientJob) {
    this.#job = job
  }

  async run(): Promise<ClientResult> {
    const { endpoints, clients, seconds, ratePerS } = this.#job
    const prepared = endpoints.map((endpoint) => this.#prepare(endpoint))
    this.#startedMs = performance.now()
    const hung = setTimeout(
      () => {
        for (const connection of this.#open) connection.giveUp(new Error(`no end after ${patienceMs / 1000} s more`))
      },
      seconds * 1000 + patienceMs,
    )
    const work = async (client: number) => {
      const at = client % endpoints.length
      await this.#client(endpoints[at] as Endpoint, prepared[at] as PreparedRequest[])
    }
    if (ratePerS === undefined) await Promise.all(Array.from({ length: clients }, (_, client) => work(client)))
    else await this.#openLoop(endpoints, prepared, ratePerS)
    clearTimeout(hung)
    return this.#result()
  }

  #prepare(endpoint: Endpoint): PreparedRequest[] {
    const { operation, objects } = this.#job
    const { name, sizeBytes, count } = objects
    const maker = new RequestMaker(endpoint, Date.now())
    const all = seededBytes(sizeBytes + shiftBytes * count)
    return Array.from({ length: count }, (_, number) => {
      const bytes = all.subarray(number * shiftBytes, number * shiftBytes + sizeBytes)
      const key = `${name}/${number}`
      return operation === 'get' ? maker.get(key, sizeBytes, bytes) : maker.put(key, bytes)
    })
  }

  get #isOver(): boolean {
    const { operation, objects, seconds, requestsMax = Number.POSITIVE_INFINITY } = this.#job
    if (operation === 'write') return this.#begun >= objects.count
    return this.#begun >= requestsMax || performance.now() - this.#startedMs >= seconds * 1000
  }

  /** Sends one request after the other. */
  async #client(endpoint: Endpoint, requests: readonly PreparedRequest[]): Promise<void> {
    let connection = this.#connect(endpoint)
    while (!this.#isOver) {
      const at = this.#job.operation === 'write' ? this.#begun : Math.floor(Math.random() * requests.length)
      this.#begun += 1
      connection = await this.#send(connection, endpoint, requests[at] as PreparedRequest, performance.now())
    }
    this.#close(connection)
  }

  async #openLoop(
    endpoints: readonly Endpoint[],
    prepared: readonly (readonly PreparedRequest[])[],
    ratePerS: number,
  ): Promise<void> {
    const idle = endpoints.map((): LoadConnection[] => [])
    const underWay = new Set<Promise<void>>()
    for (; !this.#isOver; this.#begun += 1) {
      const dueMs = this.#startedMs + (this.#begun * 1000) / ratePerS
      const waitMs = dueMs - performance.now()
      if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs))
      // A timer wakes late; what it is late by is not the server's.
      const beganMs = waitMs > 0 ? performance.now() : dueMs
      const at = this.#begun % endpoints.length
      const endpoint = endpoints[at] as Endpoint
      const requests = prepared[at] as readonly PreparedRequest[]
      const request = requests[Math.floor(Math.random() * requests.length)] as PreparedRequest
      const connection = this.#takeIdle(idle[at] as LoadConnection[]) ?? this.#connect(endpoint)
      const sent = this.#send(connection, endpoint, request, beganMs).then((after) => {
        ;(idle[at] as LoadConnection[]).push(after)
        underWay.delete(sent)
      })
      underWay.add(sent)
    }
    await Promise.all(underWay)
    for (const connection of idle.flat()) this.#close(connection)
  }

  #takeIdle(idle: LoadConnection[]): LoadConnection | undefined {
    for (let one = idle.pop(); one !== undefined; one = idle.pop()) if (one.isOpen) return one
    return undefined
  }

  /** @returns the connection for the next request */
  async #send(
    first: LoadConnection,
    endpoint: Endpoint,
    request: PreparedRequest,
    beganMs: number,
  ): Promise<LoadConnection> {
    let connection = first
    for (let attempt = 1; ; ) {
      try {
        const reply = await connection.send(request)
        this.#latencies.push(performance.now() - beganMs)
        this.#bodyBytes += reply.bodyBytes + (request.body?.length ?? 0)
        return connection.isLast ? this.#renew(connection, endpoint) : connection
      } catch (error) {
        const wasIdleTooLong = connection.wasIdleTooLong
        connection = this.#renew(connection, endpoint)
        if (wasIdleTooLong) this.#reconnects += 1
        else if (attempt < (this.#job.attemptsMax ?? 1)) {
          attempt += 1
          this.#retries += 1
          await new Promise((resolve) => setTimeout(resolve, Math.random() * backoffMs))
        } else {
          this.#fail((error as Error).message)
          return connection
        }
      }
    }
  }

  #fail(why: string): void {
    this.#failed += 1
    if (why === wrongBytes) this.#wrong += 1
    const kind = why.replace(/has \d+ bytes/, 'has too few bytes')
    this.#failures[kind] = (this.#failures[kind] ?? 0) + 1
  }

  #connect(endpoint: Endpoint): LoadConnection {
    const connection = new LoadConnection(endpoint)
    this.#open.add(connection)
    return connection
  }

  #renew(connection: LoadConnection, endpoint: Endpoint): LoadConnection {
    this.#close(connection)
    return this.#connect(endpoint)
  }

  #close(connection: LoadConnection): void {
    this.#open.delete(connection)
    connection.close()
  }

  #result(): ClientResult {
    const seconds = (performance.now() - this.#startedMs) / 1000
    const sorted = this.#latencies.toSorted((a, b) => a - b)
    const percentile = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
    return {
      requests: sorted.length,
      failed: this.#failed,
      wrong: this.#wrong,
      failures: this.#failures,
      reconnects: this.#reconnects,
      retries: this.#retries,
      seconds,
      bodyBytes: this.#bodyBytes,
      p50Ms: percentile(0.5),
      p99Ms: percentile(0.99),
      maxMs: sorted.at(-1) ?? 0,
    }
  }
}

const job = JSON.parse(await text(process.stdin)) as ClientJob
process.stdout.write(JSON.stringify(await new Clients(job).run()))
