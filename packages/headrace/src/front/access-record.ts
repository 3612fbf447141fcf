import type { Query } from '@headrace/s3'
import type { AccessRecord } from '../core/access-record.ts'
import type { RequestState } from './request-state.ts'

const conditionHeaders = ['if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since', 'if-range'] as const

/** The status of requests whose client went away before the reply began; nginx's number for it. */
const clientClosedRequest = 499

/** What the access log keeps of a request that is over. */
export function accessRecord(
  state: RequestState,
  query: Query,
  end: { totalMs: number; worker: number },
): AccessRecord {
  const { request, response, principal } = state
  const { headers } = request
  const partNumber = query.get('partNumber')
  const conditions = conditionHeaders.filter((name) => headers[name] !== undefined)
  return {
    time: state.time,
    requestId: state.requestId,
    operation: state.operation,
    method: request.method ?? '',
    host: headers.host,
    bucket: state.bucket,
    key: state.key,
    versionId: query.get('versionId'),
    status: response.headersSent ? response.statusCode : clientClosedRequest,
    errorCode: state.errorCode,
    bytesIn: state.bytesIn,
    bytesOut: state.bytesOut,
    rangeStart: state.rangeStart,
    rangeLength: state.rangeLength,
    objectSize: state.objectSize,
    etag: state.etag,
    firstByteMs: rounded(state.firstByteMs),
    totalMs: rounded(end.totalMs),
    clientIp: request.socket.remoteAddress,
    userAgent: headers['user-agent'],
    accessKeyId: principal.kind === 'owner' ? principal.accessKeyId : undefined,
    owner: principal.kind === 'owner' ? principal.displayName : undefined,
    uploadId: query.get('uploadId'),
    partNumber: partNumber === undefined ? undefined : Number(partNumber),
    conditions: conditions.length === 0 ? undefined : conditions.join(','),
    checksumAlgorithm: checksumAlgorithm(headers),
    cache: undefined,
    store: state.notes.store,
    upstream: state.notes.upstream,
    attempts: state.notes.attempts,
    hedged: state.notes.hedged,
    resumed: state.notes.resumed,
    trail: trailOf(state),
    worker: end.worker,
  }
}

/** A first byte that comes later than this is worth an explanation. */
const slowFirstByteMs = 1_000

/** What was done for a request that took more than one attempt, failed, was broken off, or was slow. */
function trailOf({ notes, response, firstByteMs, isGone }: RequestState): AccessRecord['trail'] {
  const { trail = [], attempts = 0, resumed = 0 } = notes
  const isPlain =
    attempts <= 1 && resumed === 0 && response.statusCode < 500 && !isGone && firstByteMs < slowFirstByteMs
  if (isPlain || trail.length === 0) return undefined
  return trail.map(({ atMs, by, what, tookMs }) => ({
    atMs: rounded(atMs),
    by,
    what,
    ...(tookMs !== undefined && { tookMs: rounded(tookMs) }),
  }))
}

function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000
}

function checksumAlgorithm(headers: RequestState['request']['headers']): string | undefined {
  for (const name in headers) {
    if (name.startsWith('x-amz-checksum-') && name !== 'x-amz-checksum-mode' && name !== 'x-amz-checksum-type') {
      return name.slice('x-amz-checksum-'.length)
    }
  }
  const trailer = headers['x-amz-trailer']
  return typeof trailer === 'string' ? trailer.replace(/^x-amz-checksum-/, '') : undefined
}
