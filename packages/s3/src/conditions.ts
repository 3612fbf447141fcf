import { S3Error } from './errors/s3-error.ts'
import type { Headers } from './headers.ts'
import { httpDate, parseHttpDate } from './http-date.ts'
import type { Conditions, EtagCondition, IfRange, WriteConditions } from './operations/common.ts'

/** What conditions are held against. */
export interface Validators {
  /** Without quotes. */
  readonly etag: string
  /** Milliseconds since 1970. */
  readonly lastModifiedMs: number
}

/**
 * Reads the conditions of a read.
 * @param prefix `x-amz-copy-source-` for those on the source of a copy
 */
export function readConditions(headers: Headers, prefix = ''): Conditions | undefined {
  const ifMatch = headers.get(`${prefix}if-match`)
  const ifNoneMatch = headers.get(`${prefix}if-none-match`)
  const ifModifiedSince = headers.get(`${prefix}if-modified-since`)
  const ifUnmodifiedSince = headers.get(`${prefix}if-unmodified-since`)
  if (!(ifMatch || ifNoneMatch || ifModifiedSince || ifUnmodifiedSince)) return undefined
  return {
    ifMatch: parseEtagCondition(ifMatch),
    ifNoneMatch: parseEtagCondition(ifNoneMatch),
    ifModifiedSinceMs: parseHttpDate(ifModifiedSince),
    ifUnmodifiedSinceMs: parseHttpDate(ifUnmodifiedSince),
  }
}

/** Reads If-Range. A weak ETag says nothing about bytes, and a date that is none fits no object. */
export function readIfRange(headers: Headers): IfRange | undefined {
  const header = headers.get('if-range')?.trim()
  if (!header) return undefined
  if (header.startsWith('W/')) return {}
  return header.startsWith('"') ? { etag: unquoteEtag(header) } : { lastModifiedMs: parseHttpDate(header) }
}

/** Whether an object is the one that a range is about. */
export function matchesIfRange({ etag, lastModifiedMs }: IfRange, object: Validators): boolean {
  if (etag !== undefined) return etag === object.etag
  // Times in headers are whole seconds.
  return lastModifiedMs === Math.floor(object.lastModifiedMs / 1000) * 1000
}

/**
 * Reads the conditions of a write.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 */
export function readWriteConditions(headers: Headers): WriteConditions | undefined {
  const ifMatch = parseEtagCondition(headers.get('if-match'))
  const ifNoneMatch = parseEtagCondition(headers.get('if-none-match'))
  return ifMatch === undefined && ifNoneMatch === undefined ? undefined : { ifMatch, ifNoneMatch }
}

/** Reads a list of ETags. S3 takes them without quotes as well; a weak one is compared by its text. */
export function parseEtagCondition(header: string | undefined): EtagCondition | undefined {
  if (!header) return undefined
  if (header.trim() === '*') return '*'
  return header.split(',').map((etag) => unquoteEtag(etag))
}

/** Takes off the quotes of an ETag, and the mark of a weak one. */
export function unquoteEtag(etag: string): string {
  return etag
    .trim()
    .replace(/^W\//, '')
    .replace(/^"(.*)"$/s, '$1')
}

function matches(condition: EtagCondition, etag: string): boolean {
  return condition === '*' || condition.includes(etag)
}

/** HTTP dates have no fraction of a second, and so it does not count. */
function isModifiedSince(lastModifiedMs: number, sinceMs: number): boolean {
  return Math.floor(lastModifiedMs / 1000) > Math.floor(sinceMs / 1000)
}

/**
 * Holds the conditions of a read against an object, in the order of RFC 9110, section 13.2.2: If-Match overrules
 * If-Unmodified-Since, and If-None-Match overrules If-Modified-Since.
 * @throws S3Error PreconditionFailed, or NotModified
 */
export function requireConditions(conditions: Conditions | undefined, { etag, lastModifiedMs }: Validators): void {
  if (conditions === undefined) return
  const failed = firstFailed(conditions, etag, lastModifiedMs)
  if (failed === undefined) return
  if (failed === 'If-Match' || failed === 'If-Unmodified-Since') {
    throw new S3Error('PreconditionFailed', { details: { Condition: failed } })
  }
  // What a 200 would have said of the object's version, a 304 says too (RFC 9110, section 15.4.5).
  throw new S3Error('NotModified', { headers: { etag: `"${etag}"`, 'last-modified': httpDate(lastModifiedMs) } })
}

/**
 * The same for the source of a copy, where every failure is 412.
 * @throws S3Error PreconditionFailed
 */
export function requireCopyConditions(conditions: Conditions | undefined, { etag, lastModifiedMs }: Validators): void {
  const failed = conditions && firstFailed(conditions, etag, lastModifiedMs)
  if (failed !== undefined) {
    throw new S3Error('PreconditionFailed', { details: { Condition: `x-amz-copy-source-${failed}` } })
  }
}

type Condition = 'If-Match' | 'If-None-Match' | 'If-Modified-Since' | 'If-Unmodified-Since'

function firstFailed(conditions: Conditions, etag: string, lastModifiedMs: number): Condition | undefined {
  const { ifMatch, ifNoneMatch, ifModifiedSinceMs, ifUnmodifiedSinceMs } = conditions
  if (ifMatch !== undefined) {
    if (!matches(ifMatch, etag)) return 'If-Match'
  } else if (ifUnmodifiedSinceMs !== undefined && isModifiedSince(lastModifiedMs, ifUnmodifiedSinceMs)) {
    return 'If-Unmodified-Since'
  }
  if (ifNoneMatch !== undefined) return matches(ifNoneMatch, etag) ? 'If-None-Match' : undefined
  if (ifModifiedSinceMs !== undefined && !isModifiedSince(lastModifiedMs, ifModifiedSinceMs)) return 'If-Modified-Since'
  return undefined
}

/**
 * Holds the conditions of a write against what is there now.
 * @param existing undefined when there is no such object
 * @throws S3Error PreconditionFailed, or NoSuchKey for If-Match on nothing
 */
export function requireWriteConditions(
  conditions: WriteConditions | undefined,
  existing: { readonly etag: string } | undefined,
): void {
  if (conditions === undefined) return
  const { ifMatch, ifNoneMatch } = conditions
  if (ifNoneMatch !== undefined && existing !== undefined && matches(ifNoneMatch, existing.etag)) {
    throw new S3Error('PreconditionFailed', { details: { Condition: 'If-None-Match' } })
  }
  if (ifMatch === undefined) return
  if (existing === undefined) throw new S3Error('NoSuchKey')
  if (!matches(ifMatch, existing.etag)) throw new S3Error('PreconditionFailed', { details: { Condition: 'If-Match' } })
}
