// Takes a whole request through the server half, as a front does, for tests that want to see all of it at once.
import {
  type AuthenticateOptions,
  type Authentication,
  authenticate,
  type Body,
  type BodySummary,
  BodyVerifier,
  effectiveHeaders,
  Headers,
  type Match,
  matchOperation,
  matchResource,
  parseTarget,
  type Resource,
  readBodyChecks,
  traitsOf,
  type WireRequest,
} from '../src/index.ts'

/** A request as it came off the wire. */
export interface RawRequest {
  readonly method: string
  readonly target: string
  /** Names and values in turn, a character for each byte. */
  readonly headers: readonly string[]
  readonly body?: Uint8Array
}

export interface Received extends Match {
  readonly resource: Resource
  readonly authentication: Authentication
  readonly request: WireRequest
  /** The body without its framing, and what it turned out to be. */
  readonly content: Buffer
  readonly summary: BodySummary
}

/** @throws S3Error what any of the steps has to say against the request */
export function receive(
  raw: RawRequest,
  options: AuthenticateOptions & { readonly domains?: readonly string[] },
): Received {
  const target = parseTarget(raw.target)
  const sent = new Headers(raw.headers)
  const host = sent.get('host') ?? ''
  const resource = matchResource(host, target.rawPath, options.domains ?? [])
  const headers = effectiveHeaders(target.query, sent)
  const match = matchOperation(raw.method, resource.scope, target, headers)
  const hostedBucket = resource.isHosted ? resource.bucket : undefined
  const authentication = authenticate({ method: raw.method, target, headers: sent, hostedBucket }, options)
  const chunks: Uint8Array[] = []
  const sink = { write: (chunk: Uint8Array) => void chunks.push(Buffer.from(chunk)) }
  const verifier = new BodyVerifier(readBodyChecks(headers, authentication, match.operation), sink, { md5: true })
  verifier.write(raw.body ?? new Uint8Array(0))
  const summary = verifier.finish()
  const content = Buffer.concat(chunks)
  const carries = traitsOf(match.operation).carries
  const request: WireRequest = {
    bucket: resource.bucket,
    key: resource.key,
    query: target.query,
    headers,
    document: carries === 'document' ? content : new Uint8Array(0),
    body: carries === 'body' ? bodyOf(content, summary) : undefined,
    origin: `http://${host}`,
    isHosted: resource.isHosted,
    isAnonymous: authentication.accessKeyId === undefined,
  }
  return { ...match, resource, authentication, request, content, summary }
}

function bodyOf(content: Buffer, summary: BodySummary): Body {
  return {
    sizeBytes: content.length,
    replayable: true,
    async readInto(sink) {
      await sink.write(content)
      return summary
    },
  }
}
