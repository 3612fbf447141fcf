// An upstream without sockets: requests of the remote store are verified, decoded and answered as a front does, by the
// server half of the protocol over any store. It is stricter than most real ones: every signature is checked, lengths have
// to be exact, and a body that breaks off is thrown away.
import assert from 'node:assert/strict'
import {
  authenticate,
  type Body,
  BodyVerifier,
  type ByteSink,
  codecs,
  encodeError,
  Headers,
  matchOperation,
  matchResource,
  type ObjectReader,
  type OperationName,
  type Operations,
  parseTarget,
  type Reply,
  readBodyChecks,
  S3Error,
  traitsOf,
  type WireRequest,
} from '@headrace/s3'
import type { RequestContext } from '../../src/core/context.ts'
import type { ObjectStore, OperationFunction } from '../../src/core/store.ts'
import type { UpstreamReply, UpstreamRequest } from '../../src/upstream/exchange.ts'
import type { Lease, LeaseWish, UpstreamGroup } from '../../src/upstream/lease.ts'

export const credentials = { accessKeyId: 'upstream', secretKey: 'secret of the upstream' }
export const region = 'eu-test-1'

/** What a test wants to see, or to change, of what goes on. */
export interface ServedOptions {
  readonly store: ObjectStore
  readonly ctx: RequestContext
  /** Answers in place of the store, or throws; undefined lets the request pass. */
  readonly intercept?: (request: UpstreamRequest, headers: Headers) => Promise<UpstreamReply> | undefined
  /** Of every request that came. */
  readonly seen?: (request: UpstreamRequest, headers: Headers) => void
  /** Wall clock of the upstream. */
  readonly nowMs?: () => number
}

export interface ServedGroup extends UpstreamGroup {
  readonly leases: LeaseWish[]
  /** Places that were not given back: exchanges, and replies that were neither read nor given up. */
  readonly open: Set<object>
}

export function servedGroup(options: ServedOptions): ServedGroup {
  const open = new Set<object>()
  const leases: LeaseWish[] = []
  return {
    name: 'served',
    leases,
    open,
    close() {},
    lease(wish): Lease {
      leases.push(wish)
      const place = {}
      open.add(place)
      return {
        upstream: 'served:1',
        host: 's3.upstream.test',
        release: () => void open.delete(place),
        async exchange(request, signal) {
          try {
            signal.throwIfAborted()
            const reply = await answer(options, request)
            return tracked(reply, () => void open.delete(place))
          } catch (error) {
            open.delete(place)
            throw error
          }
        },
      }
    },
  }
}

function tracked(reply: UpstreamReply, over: () => void): UpstreamReply {
  return {
    ...reply,
    async readInto(sink) {
      await reply.readInto(sink).finally(over)
    },
    async collect(bytesMax) {
      return await reply.collect(bytesMax).finally(over)
    },
    abandon() {
      over()
      reply.abandon()
    },
  }
}

async function answer(options: ServedOptions, request: UpstreamRequest): Promise<UpstreamReply> {
  const headers = new Headers(request.headers)
  options.seen?.(request, headers)
  const intercepted = options.intercept?.(request, headers)
  if (intercepted !== undefined) return await intercepted
  try {
    return await serve(options, request, headers)
  } catch (error) {
    if (!(error instanceof S3Error)) throw error
    if (error.origin === 'connection') throw error
    const hasBody = request.method !== 'HEAD'
    return documentReply(encodeError(error, { requestId: 'served', resource: request.target, hasBody }))
  }
}

async function serve(options: ServedOptions, request: UpstreamRequest, headers: Headers): Promise<UpstreamReply> {
  const target = parseTarget(request.target)
  const { scope, bucket, key } = matchResource(headers.get('host') ?? '', target.rawPath, [])
  const { operation } = matchOperation(request.method, scope, target, headers)
  const verified = authenticate(
    { method: request.method, target, headers },
    {
      nowMs: options.nowMs?.() ?? Date.now(),
      region,
      secretOf: (id) => (id === credentials.accessKeyId ? credentials.secretKey : undefined),
    },
  )
  assert.equal(verified.accessKeyId, credentials.accessKeyId, 'every request is signed')
  const checks = readBodyChecks(headers, verified, operation)
  const body: Body = {
    sizeBytes: checks.sizeBytes,
    replayable: false,
    async readInto(sink, wants) {
      const verifier = new BodyVerifier(checks, sink, wants)
      await receive(request, headers, verifier)
      return verifier.finish()
    },
  }
  const wire: WireRequest = {
    bucket,
    key,
    query: target.query,
    headers,
    document: traitsOf(operation).carries === 'document' ? await documentOf(body) : Buffer.alloc(0),
    body,
    origin: 'http://s3.upstream.test',
  }
  return await call(options, operation, wire)
}

async function call<N extends OperationName>(
  { store, ctx }: ServedOptions,
  operation: N,
  wire: WireRequest,
): Promise<UpstreamReply> {
  const codec = codecs[operation]
  const run = store[operation] as unknown as OperationFunction<N>
  const output: Operations[N]['output'] = await run(codec.decode(wire), ctx)
  const reply = codec.encode(output, wire)
  return operation === 'getObject' ? objectReply(reply, output as ObjectReader) : documentReply(reply)
}

/** Takes the body off the wire. A connection that breaks in the middle leaves nothing to answer. */
async function receive({ body }: UpstreamRequest, headers: Headers, verifier: BodyVerifier): Promise<void> {
  const length = headers.get('content-length')
  if (body instanceof Uint8Array) {
    assert.equal(String(body.length), length)
    return void (await verifier.write(body))
  }
  if (body === undefined) return void assert.equal(length ?? '0', '0')
  let bytes = 0
  await body.sendTo({
    async write(chunk) {
      bytes += chunk.length
      await verifier.write(Buffer.from(chunk))
    },
  })
  assert.equal(String(body.sizeBytes), length)
  assert.equal(String(bytes), length)
}

async function documentOf(body: Body): Promise<Buffer> {
  const chunks: Buffer[] = []
  await body.readInto({ write: (chunk) => void chunks.push(Buffer.from(chunk)) })
  return Buffer.concat(chunks)
}

/** A reply of a status, headers by name and a body in memory. */
export function replyOf(status: number, headers: Readonly<Record<string, string>>, body: string | Uint8Array = '') {
  const bytes = Buffer.from(body as string)
  const all = { 'content-length': String(bytes.length), 'x-amz-request-id': 'served', ...headers }
  return bytesReply(status, Object.entries(all).flat(), async (sink) => void (await sink.write(bytes)))
}

function documentReply({ status, headers, document = '' }: Reply): UpstreamReply {
  const bytes = Buffer.from(document)
  const length = headers.includes('content-length') ? [] : ['content-length', String(bytes.length)]
  return bytesReply(status, [...headers, ...length, 'x-amz-request-id', 'served'], async (sink) => {
    if (bytes.length > 0) await sink.write(bytes)
  })
}

function objectReply({ status, headers }: Reply, reader: ObjectReader): UpstreamReply {
  const reply = bytesReply(status, [...headers, 'x-amz-request-id', 'served'], async (sink) => {
    await reader.readInto({
      async write(chunk) {
        const piece = 60_000
        for (let at = 0; at < chunk.length; at += piece) await sink.write(chunk.subarray(at, at + piece))
      },
    })
    await reader.close()
  })
  return { ...reply, abandon: () => void reader.close() }
}

/** A reply whose body is whatever `send` writes. */
export function bytesReply(
  status: number,
  headers: readonly string[],
  send: (sink: ByteSink) => Promise<void>,
): UpstreamReply {
  const parsed = new Headers(headers)
  const length = parsed.get('content-length')
  return {
    status,
    headers: parsed,
    bodyBytes: length === undefined ? undefined : Number(length),
    firstByteMs: 1,
    readInto: send,
    async collect(bytesMax) {
      const chunks: Buffer[] = []
      await send({ write: (chunk) => void chunks.push(Buffer.from(chunk)) })
      const bytes = Buffer.concat(chunks)
      assert.ok(bytes.length <= bytesMax)
      return bytes
    },
    abandon() {},
  }
}
