import { contentHeaderEntries, metadataPrefix } from '../codec/read.ts'
import { quoteEtag } from '../codec/write.ts'
import { headerBytes } from '../headers.ts'
import { httpDate } from '../http-date.ts'
import type { CannedAcl } from '../operations/acl.ts'
import type {
  Conditions,
  ContentHeaders,
  EtagCondition,
  IfRange,
  Metadata,
  RangeRequest,
  Tag,
} from '../operations/common.ts'
import type { CopySource } from '../operations/objects.ts'
import type { StorageClass } from '../operations/storage-class.ts'
import { uriEncode, uriEncodePath } from '../target.ts'

type HeaderRecord = Record<string, string | undefined>

/** Everything that is written with an object, beside its bytes. */
export interface WrittenWithObject {
  readonly content: ContentHeaders
  readonly metadata: Metadata
  readonly tags?: readonly Tag[]
  readonly storageClass?: StorageClass
  readonly acl?: CannedAcl
}

/** The headers of what is written with an object. */
export function objectWriteHeaders({ content, metadata, tags, storageClass, acl }: WrittenWithObject): HeaderRecord {
  return {
    ...descriptionHeaders(content, metadata),
    'x-amz-tagging': tags === undefined || tags.length === 0 ? undefined : taggingText(tags),
    'x-amz-storage-class': storageClass,
    'x-amz-acl': acl,
  }
}

/** Content headers and metadata. */
export function descriptionHeaders(content: ContentHeaders, metadata: Metadata): HeaderRecord {
  const headers: HeaderRecord = {}
  for (const [property, name] of contentHeaderEntries) headers[name] = content[property]
  for (const [name, value] of Object.entries(metadata)) headers[metadataPrefix + name] = value
  return headers
}

/** Tags as `x-amz-tagging` has them: a query string. */
export function taggingText(tags: readonly Tag[]): string {
  return tags.map(({ key, value }) => `${uriEncode(key)}=${uriEncode(value)}`).join('&')
}

/** The headers of a range, and of the object that it is about. */
export function rangeHeaders(range: RangeRequest | undefined, ifRange?: IfRange): HeaderRecord {
  return { range: range && rangeText(range), 'if-range': ifRange && ifRangeText(ifRange) }
}

/** `bytes=first-last` */
export function rangeText({ first, last, suffixBytes }: RangeRequest): string {
  return suffixBytes === undefined ? `bytes=${first}-${last ?? ''}` : `bytes=-${suffixBytes}`
}

function ifRangeText({ etag, lastModifiedMs }: IfRange): string {
  if (etag !== undefined) return quoteEtag(etag)
  // What fits no object is said with an ETag that may not be compared (RFC 9110, section 13.1.5).
  return lastModifiedMs === undefined ? 'W/""' : httpDate(lastModifiedMs)
}

/** @param prefix `x-amz-copy-source-` for those on the source of a copy */
export function conditionHeaders(conditions: Conditions | undefined, prefix = ''): HeaderRecord {
  if (conditions === undefined) return {}
  const { ifMatch, ifNoneMatch, ifModifiedSinceMs, ifUnmodifiedSinceMs } = conditions
  return {
    [`${prefix}if-match`]: etagsText(ifMatch),
    [`${prefix}if-none-match`]: etagsText(ifNoneMatch),
    [`${prefix}if-modified-since`]: dateText(ifModifiedSinceMs),
    [`${prefix}if-unmodified-since`]: dateText(ifUnmodifiedSinceMs),
  }
}

function etagsText(condition: EtagCondition | undefined): string | undefined {
  return condition === undefined || condition === '*' ? condition : condition.map(quoteEtag).join(', ')
}

function dateText(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : httpDate(ms)
}

/** The headers of the source of a copy. */
export function copySourceHeaders(source: CopySource): HeaderRecord {
  const { bucket, key, versionId, conditions, expectedBucketOwner } = source
  const version = versionId === undefined ? '' : `?versionId=${uriEncode(versionId)}`
  return {
    'x-amz-copy-source': `${headerBytes(bucket)}/${uriEncodePath(key)}${version}`,
    ...conditionHeaders(conditions, 'x-amz-copy-source-'),
    'x-amz-source-expected-bucket-owner': expectedBucketOwner,
  }
}
