/** Limits of the exchanges with one upstream, unless they are set otherwise, each with its reason. */
export const upstreamLimits = {
  /** TCP and TLS together. A lost SYN is sent again after one second: this leaves time for one, and for the answer. */
  connectTimeoutMs: 2_500,
  /** Of one process to one upstream. RGW serves 512 at once by default, and has other clients too. */
  connectionsMax: 128,
  /** Requests that wait for a connection: more than eight for each one would wait for longer than they may. */
  waitingMax: 1_024,
  /** For one that is in use. Whoever waits for so long, twice the time for a new one, is served sooner by another upstream. */
  waitTimeoutMs: 5_000,
  /** Of a connection that is not used. S3, and Node's own server, close after 5 s: we must be first, or we race them. */
  idleTimeoutMs: 4_000,
  /** The same, where the upstream announces its own by `Keep-Alive: timeout=`: balancers on the way forget sooner. */
  announcedIdleTimeoutMsMax: 60_000,
  /** We close so much before the announced time, which counts from when the upstream sent, in whole seconds. */
  announcedIdleMarginMs: 1_000,
  /** After it, the body is sent unasked: not every upstream says `100 Continue` (RFC 9110, section 10.1.1). */
  continueTimeoutMs: 1_000,
  /** Until the upstream takes the bytes that wait in the socket. Drives that are overloaded pause for seconds. */
  sendTimeoutMs: 30_000,
  /**
   * From the end of the request to the head of the reply, of any operation. Ceph calls an operation slow after 30 s;
   * layers that want less have a signal.
   */
  firstByteTimeoutMs: 30_000,
  /**
   * Between two bytes of a reply to GET, which can go on elsewhere for the price of one request. A drive that gives up
   * on a sector is silent for longer, one that is merely busy is not. Other replies may be silent for as long as the
   * first byte: some upstreams send blanks while they complete an upload.
   */
  stallTimeoutMs: 2_000,
  /** A body has to come at this rate at least while we wait for it. What crawls is dead for whoever wants all of it. */
  bodyBytesMin: 128 * 1024,
  bodyCheckMs: 4_000,
  /** Status line and headers together. Those of S3 take 1 KiB, and up to 8 KiB of metadata where it is not limited to 2. */
  headBytesMax: 32 * 1024,
  /** Replies such as `100 Continue` and `103 Early Hints` before the one that counts. */
  interimRepliesMax: 16,
  /** What is left of a body that nobody wants is read away up to this size; beyond it, a new connection costs less. */
  abandonedBytesMax: 64 * 1024,
  /** And for so long: two round trips to a distant upstream, which is what a new connection takes. */
  abandonedTimeoutMs: 300,
  /**
   * When a request ends before its body was sent, whoever sends it is waited for so long to notice: until then the body
   * cannot be sent once more, nor read away.
   */
  sourceTimeoutMs: 1_000,
} as const

/** They are read anew each time: a group may move them with what it measures. */
export type UpstreamLimits = { -readonly [N in keyof typeof upstreamLimits]: number }
