import type { ByteSink, Headers } from '@headrace/s3'

/** A request as it goes to an upstream: signed, and with everything in its headers. */
export interface UpstreamRequest {
  readonly method: string
  /** Path and query as they stand in the request line. */
  readonly target: string
  /** Names and values in turn, with `host`, and with `content-length` or `transfer-encoding` when there is a body. */
  readonly headers: readonly string[]
  readonly body?: Uint8Array | OutgoingBody
}

/** A body that is not in memory. */
export interface OutgoingBody {
  /** Undefined: sent in chunks of HTTP. */
  readonly sizeBytes: number | undefined
  /**
   * Sends everything into the sink, which waits while the socket is full. It is called once, and only when the upstream
   * is ready: after its `100 Continue` when that was asked for. When it throws, the connection is destroyed.
   */
  sendTo(sink: ByteSink): Promise<void>
}

/** The reply of an upstream. Its body must be read to its end, or given up: the connection waits for that. */
export interface UpstreamReply {
  readonly status: number
  readonly headers: Headers
  /** Bytes that its head announces; undefined when it comes in chunks, or ends with the connection. */
  readonly bodyBytes: number | undefined
  /** Milliseconds from the beginning of the exchange to the head of the reply. */
  readonly firstByteMs: number
  /**
   * The same to the last byte of the body, once it has come: much later than the head of a small body means that the
   * upstream does not set TCP_NODELAY.
   */
  readonly lastByteMs?: number | undefined
  /**
   * Passes the body on as it comes; a chunk may be written over once `sink.write` has resolved.
   * @throws AttemptError `truncated`, `stalled`; whatever the sink throws
   */
  readInto(sink: ByteSink): Promise<void>
  /**
   * Reads a small body into memory.
   * @throws AttemptError as above, and when it is larger than `bytesMax`
   */
  collect(bytesMax: number): Promise<Buffer>
  /** Nobody wants the rest. Small rests are read away so that the connection can be used again. */
  abandon(): void
}

/** Sends requests to one upstream, over connections that are kept. */
export interface UpstreamClient {
  /**
   * Resolves with the head of the reply, whatever its status.
   * @throws AttemptError `connect`, `reset`, `timeout`; what the body throws; the signal's reason when it is aborted
   */
  exchange(request: UpstreamRequest, signal: AbortSignal): Promise<UpstreamReply>
  /** GETs and HEADs that are under way fail as if they had timed out: the upstream is known to be silent. */
  breakOffReads?(): void
  close(): void
}
