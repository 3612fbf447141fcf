// `node bench/bench.ts [--seconds S]`: what the wire costs a gateway for each request, in microseconds.
// Every row is the median of many short rounds, for the machine may be shared; compare rows of one run, and runs made
// side by side, rather than figures of different days.
import { parseArgs } from 'node:util'
import {
  authenticate,
  BodyVerifier,
  type Codec,
  codecs,
  Headers,
  type ListObjectsOutput,
  matchOperation,
  matchResource,
  type ObjectReader,
  parseTarget,
  readBodyChecks,
  signRequest,
  type WireRequest,
} from '../src/index.ts'

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '2' } } })
const secondsPerRow = Number(values.seconds)
const nowMs = Date.UTC(2026, 10, 21, 13, 41)
const secretKey = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'
const authenticateOptions = { nowMs, secretOf: (id: string) => (id === 'AKIAIOSFODNN7EXAMPLE' ? secretKey : undefined) }

/** Requests as the load generator sends them: Go's own headers, then those of the signature. */
function loadRequest(target: string): string[] {
  return [
    ...signRequest(
      { method: 'GET', target, headers: ['Host', '127.0.0.1:9000'] },
      { credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretKey }, region: 'us-east-1', nowMs },
    ).headers,
    'User-Agent',
    'Go-http-client/1.1',
    'Accept-Encoding',
    'gzip',
  ]
}

function readRequest(target: string, raw: readonly string[]): WireRequest {
  const parsed = parseTarget(target)
  const headers = new Headers(raw)
  const host = headers.get('host') ?? ''
  const { scope, bucket, key } = matchResource(host, parsed.rawPath, [])
  matchOperation('GET', scope, parsed, headers)
  authenticate({ method: 'GET', target: parsed, headers }, authenticateOptions)
  const { query } = parsed
  return { bucket, key, query, headers, document: new Uint8Array(0), body: undefined, origin: `http://${host}` }
}

const reader: ObjectReader = {
  info: {
    sizeBytes: 4096,
    etag: '620f0b67a91f7f74151bc5be745b7110',
    lastModifiedMs: nowMs - 5_000_000,
    content: {},
    metadata: {},
    storageClass: 'STANDARD',
    tagCount: 0,
  },
  readInto: async () => {},
  close: async () => {},
}

function page(count: number, checksum: boolean): ListObjectsOutput {
  const objects = Array.from({ length: count }, (_, index) => ({
    key: `o/${String(index).padStart(7, '0')}`,
    sizeBytes: 4096 + index,
    etag: reader.info.etag,
    lastModifiedMs: nowMs - index * 1237,
    storageClass: 'STANDARD',
    ...(checksum && { checksum: { algorithm: 'CRC64NVME', type: 'FULL_OBJECT' } as const }),
  }))
  return { owner: { id: 'a'.repeat(64), displayName: 'headrace' }, objects, commonPrefixes: [], nextStartAfter: 'o/9' }
}

/** Median microseconds of one `pass`; a round takes about 5 ms, so that a pause of the machine spoils few of them. */
function medianMicroseconds(pass: (turn: number) => unknown): number {
  let turn = 0
  let perRound = 1
  const rounds: number[] = []
  const endMs = performance.now() + secondsPerRow * 1000
  while (performance.now() < endMs) {
    const startMs = performance.now()
    for (let done = 0; done < perRound; done += 1) pass(turn++)
    const tookMs = performance.now() - startMs
    if (tookMs < 4) perRound = Math.ceil(perRound * Math.min(10, 5 / Math.max(tookMs, 0.1)))
    else rounds.push((tookMs / perRound) * 1000)
  }
  return rounds.sort((a, b) => a - b)[rounds.length >> 1] ?? Number.NaN
}

function print(what: string, microseconds: number): void {
  console.log(`${what.padEnd(52)} ${microseconds.toFixed(2).padStart(9)} µs`)
}

const targets = Array.from({ length: 256 }, (_, index) => `/s3load/o/${String(index).padStart(7, '0')}`)
const raws = targets.map(loadRequest)
const requests = targets.map((target, index) => readRequest(target, raws[index] as string[]))
const target = (turn: number) => targets[turn & 255] as string
const raw = (turn: number) => raws[turn & 255] as string[]
const request = (turn: number) => requests[turn & 255] as WireRequest

print(
  'GET 4 KiB: the whole path',
  medianMicroseconds((turn) => {
    const read = readRequest(target(turn), raw(turn))
    codecs.getObject.decode(read)
    return codecs.getObject.encode(reader, read)
  }),
)
print(
  '  parseTarget',
  medianMicroseconds((turn) => parseTarget(target(turn))),
)
print(
  '  new Headers',
  medianMicroseconds((turn) => new Headers(raw(turn))),
)
print(
  '  matchResource and matchOperation',
  medianMicroseconds((turn) => {
    const { headers } = request(turn)
    const parsed = { rawPath: target(turn), query: request(turn).query }
    return matchOperation('GET', matchResource('127.0.0.1:9000', parsed.rawPath, []).scope, parsed, headers)
  }),
)
print(
  '  authenticate',
  medianMicroseconds((turn) => {
    const { headers, query } = request(turn)
    return authenticate({ method: 'GET', target: { rawPath: target(turn), query }, headers }, authenticateOptions)
  }),
)
print(
  '  getObject.decode',
  medianMicroseconds((turn) => codecs.getObject.decode(request(turn))),
)
print(
  '  getObject.encode',
  medianMicroseconds((turn) => codecs.getObject.encode(reader, request(turn))),
)

const upload = Buffer.alloc(4096, 7)
const uploadHeaders = [...loadRequest('/s3load/o/put'), 'Content-Length', '4096']
const uploadChecks = readBodyChecks(new Headers(uploadHeaders), { payload: { kind: 'unsigned' } })
print(
  'PUT 4 KiB: readBodyChecks, and the body with its MD5',
  medianMicroseconds((turn) => {
    readBodyChecks(request(turn).headers, { payload: { kind: 'unsigned' } })
    const verifier = new BodyVerifier(uploadChecks, { write: () => undefined }, { md5: true })
    verifier.write(upload)
    return verifier.finish()
  }),
)

const doomed = targets.map((path) => `<Object><Key>${path}</Key></Object>`).join('')
const deletion = { ...(requests[0] as WireRequest), document: Buffer.from(`<Delete>${doomed}</Delete>`) }
print('deleteObjects.decode, 256 keys, per key', medianMicroseconds(() => codecs.deleteObjects.decode(deletion)) / 256)

const listTarget = '/s3load?list-type=2&max-keys=1000&prefix=o%2F'
const list = readRequest(listTarget, loadRequest(listTarget))
const encodeList: Codec<'listObjectsV2'>['encode'] = codecs.listObjectsV2.encode
for (const checksum of [false, true]) {
  const output = page(1000, checksum)
  const what = `listObjectsV2.encode, 1,000 keys${checksum ? ' with checksums' : ''}, per key`
  print(what, medianMicroseconds(() => encodeList(output, list)) / 1000)
}
