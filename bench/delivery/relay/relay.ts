// Relays in front of upstreams that do what they are told to requests, a process of their own: `node relay.ts JOB` prints
// the ports it listens on, takes a fault as JSON on each line of its standard input, and ends with it.
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import { type Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { RelayFault, RelayJob, RelayReady } from './relay-fault.ts'

const freeBytes = 1024 * 1024
/** So often a slowed body gets its share. */
const tickMs = 20
const slowDown =
  '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>'

/** Of all relays. */
let fault: RelayFault = {}

function relay(upstream: URL): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY })
  const server = createServer({ keepAliveTimeout: 60_000 }, (incoming, outgoing) => {
    pass(upstream, agent, incoming, outgoing).catch(() => outgoing.destroy())
  })
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
}

async function pass(upstream: URL, agent: Agent, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const { delayMs = 0, bytesPerS, refusedShare = 0 } = fault
  if (Math.random() < refusedShare) {
    incoming.resume()
    outgoing.writeHead(503, { 'content-type': 'application/xml', 'content-length': slowDown.length }).end(slowDown)
    return
  }
  if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs))
  const reply = await forward(upstream, agent, incoming, outgoing)
  outgoing.writeHead(reply.statusCode ?? 502, reply.rawHeaders)
  await pipeline(bytesPerS === undefined ? reply : slowed(reply, bytesPerS), outgoing)
}

function forward(
  { hostname, port }: URL,
  agent: Agent,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const { method, url, rawHeaders: headers } = incoming
    const sent = request({ hostname, port, agent, method, path: url, headers }, resolve)
    sent.on('error', reject)
    outgoing.once('close', () => {
      if (!outgoing.writableFinished) sent.destroy()
    })
    incoming.pipe(sent)
  })
}

/** The first MiB as it comes, the rest at a rate. */
function slowed(body: Readable, bytesPerS: number): Readable {
  const piece = Math.ceil((bytesPerS * tickMs) / 1000)
  let passedBytes = 0
  const slow = new Transform({
    highWaterMark: piece,
    async transform(chunk: Buffer, _, done) {
      for (let at = 0; at < chunk.length && !this.destroyed; ) {
        const end = Math.min(chunk.length, passedBytes < freeBytes ? at + freeBytes - passedBytes : at + piece)
        const isSlow = passedBytes >= freeBytes
        this.push(chunk.subarray(at, end))
        passedBytes += end - at
        at = end
        if (isSlow) await new Promise((resolve) => setTimeout(resolve, tickMs))
      }
      done()
    },
  })
  pipeline(body, slow).catch(() => {})
  return slow
}

const { upstreams } = JSON.parse(process.argv[2] as string) as RelayJob
const ports = await Promise.all(upstreams.map((url) => relay(new URL(url))))
process.stdout.write(`${JSON.stringify({ ports } satisfies RelayReady)}\n`)
const lines = createInterface(process.stdin)
lines.on('line', (line) => {
  fault = JSON.parse(line) as RelayFault
})
lines.on('close', () => process.exit())
