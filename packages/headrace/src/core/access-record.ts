import type { TrailStep } from './context.ts'

/**
 * One request, as the access log has it: everything that is needed to recognise what a client does, afterwards and
 * without asking it. Missing values are undefined and left out. docs/formats.md explains each field.
 */
export interface AccessRecord {
  /** ISO 8601, when the request line was read. */
  time: string
  requestId: string
  /** `getObject`, …; undefined when the request could not be understood. */
  operation: string | undefined
  method: string
  host: string | undefined
  bucket: string | undefined
  key: string | undefined
  versionId: string | undefined
  status: number
  errorCode: string | undefined
  /** Bytes of the request body as they came, and of the reply body as they went. */
  bytesIn: number
  bytesOut: number
  rangeStart: number | undefined
  rangeLength: number | undefined
  objectSize: number | undefined
  etag: string | undefined
  /** Milliseconds until the first byte of the reply was given to the socket, and until the last was. */
  firstByteMs: number
  totalMs: number
  clientIp: string | undefined
  userAgent: string | undefined
  accessKeyId: string | undefined
  owner: string | undefined
  uploadId: string | undefined
  partNumber: number | undefined
  /** Names of the conditional headers that came, such as `if-none-match`. */
  conditions: string | undefined
  checksumAlgorithm: string | undefined
  cache: string | undefined
  store: string | undefined
  upstream: string | undefined
  attempts: number | undefined
  hedged: boolean | undefined
  resumed: number | undefined
  /** Of a request that was not plain: see `trailOf`. */
  trail: readonly TrailStep[] | undefined
  worker: number
}
