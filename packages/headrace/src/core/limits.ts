/** Limits of the program, in one place, each with its reason. Those of the S3 protocol are in `@headrace/s3`. */
export const serverLimits = {
  /** Request line and headers together. SDK requests take 1 to 3 KiB; presigned URLs with session tokens 4 KiB. */
  headerBytesMax: 32 * 1024,
  /** From the first byte of a request to the end of its headers: slow senders of headers hold no worker for longer. */
  headersTimeoutMs: 30_000,
  /** Between two bytes of a request or reply body. A client that stalls for longer holds memory that others need. */
  stallTimeoutMs: 60_000,
  /**
   * A body has to come at this rate at least, over any such time. One that trickles holds a place among the operations
   * under way, of which there are not many.
   */
  bodyBytesMin: 64 * 1024,
  bodyCheckMs: 60_000,
  /** Documents that are being received by one process, all together. */
  documentBytesUnderWayMax: 64 * 1024 * 1024,
  /** Idle time of a kept-alive connection: longer than the pools of the SDKs and of proxies keep theirs (60 s). */
  keepAliveTimeoutMs: 75_000,
  /** Time for an operation that neither sends nor receives the bytes of an object. */
  operationTimeoutMs: 60_000,
  /** Requests sent ahead on one connection; a client that sends more of them is cut off. */
  pipelinedRequestsMax: 100,
  /** Operations under way in one process. Above it, requests are shed with SlowDown, which SDKs repeat. */
  inFlightMax: 2_048,
  /** What is left of a refused body up to this size is read and thrown away, and its connection used again. */
  discardToReuseBytesMax: 1024 * 1024,
  /**
   * A client that is still sending a refused body is listened to for so long, for many read the reply at the end only.
   * Closing before would reset the connection, and the reply would be lost.
   */
  discardTimeoutMs: 30_000,
  /** The same, when nothing comes any more. */
  discardIdleMs: 5_000,
  /** A drive may be away for so long, as for a restart of its shelf, before its data is rebuilt on others. */
  downOutMs: 600_000,
  /** How long a process may finish its requests when it is told to stop. */
  drainTimeoutMs: 10_000,
} as const
