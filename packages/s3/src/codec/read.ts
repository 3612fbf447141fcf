import { S3Error } from '../errors/s3-error.ts'
import { type Headers, headerText } from '../headers.ts'
import { limits } from '../limits.ts'
import { requireBucketName, requireKey } from '../names.ts'
import type { BucketInput, ContentHeaders, Metadata, ObjectInput, Tag } from '../operations/common.ts'
import type { Query } from '../target.ts'
import type { WireRequest } from './codec.ts'
import { requireTags } from './tags.ts'

/** Reads what every request to a bucket has. */
export function readBucket({ bucket, headers }: WireRequest): BucketInput {
  requireBucketName(bucket)
  return { bucket, expectedBucketOwner: headers.get('x-amz-expected-bucket-owner') }
}

/** Reads what every request to an object has. */
export function readObject(request: WireRequest): ObjectInput {
  requireKey(request.key)
  return { ...readBucket(request), key: request.key, versionId: readVersionId(request.query) }
}

function readVersionId(query: Query): string | undefined {
  const versionId = query.get('versionId')
  if (versionId === '') {
    throw new S3Error('InvalidArgument', {
      message: 'Version id cannot be the empty string',
      details: { ArgumentName: 'versionId', ArgumentValue: '' },
    })
  }
  return versionId
}

/**
 * Reads a whole number of a query.
 * @throws S3Error InvalidArgument when it is none, or out of bounds
 */
export function readCount(query: Query, name: string, bounds: { default: number; min?: number; max?: number }): number {
  const text = query.get(name)
  if (text === undefined || text === '') return bounds.default
  return parseCount(text, name, bounds)
}

export function parseCount(
  text: string,
  name: string,
  { min = 0, max = 2 ** 31 - 1 }: { min?: number; max?: number },
): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
  if (value >= min && value <= max) return value
  throw new S3Error('InvalidArgument', {
    message: `Argument ${name} must be an integer between ${min} and ${max}`,
    details: { ArgumentName: name, ArgumentValue: text.slice(0, 256) },
  })
}

const contentHeaderNames = {
  contentType: 'content-type',
  contentEncoding: 'content-encoding',
  contentDisposition: 'content-disposition',
  contentLanguage: 'content-language',
  cacheControl: 'cache-control',
  expires: 'expires',
  websiteRedirectLocation: 'x-amz-website-redirect-location',
} as const satisfies Record<keyof ContentHeaders, string>

/** Content headers with the names that they have on the wire. */
export const contentHeaderEntries = Object.entries(contentHeaderNames) as [keyof ContentHeaders, string][]

export function readContentHeaders(headers: Headers): ContentHeaders {
  const content: { -readonly [K in keyof ContentHeaders]: ContentHeaders[K] } = {}
  for (const [property, name] of contentHeaderEntries) {
    const value = headers.get(name)
    if (value !== undefined && value !== '') content[property] = value
  }
  if (content.contentEncoding !== undefined) content.contentEncoding = storedEncoding(content.contentEncoding, headers)
  return content
}

/** `aws-chunked` is the framing of the request, not a coding of the object: it is not kept. */
function storedEncoding(encoding: string, headers: Headers): string | undefined {
  const codings = encoding.split(',').map((coding) => coding.trim())
  const kept = codings.filter((coding) => coding.toLowerCase() !== 'aws-chunked')
  if (kept.length < codings.length && headers.get('x-amz-content-sha256') === 'UNSIGNED-PAYLOAD') {
    throw new S3Error('InvalidArgument', {
      message: 'Content-Encoding aws-chunked needs a streaming value of x-amz-content-sha256.',
      details: { ArgumentName: 'x-amz-content-sha256', ArgumentValue: 'UNSIGNED-PAYLOAD' },
    })
  }
  if (kept.length === codings.length) return encoding
  return kept.length === 0 ? undefined : kept.join(', ')
}

export const metadataPrefix = 'x-amz-meta-'

/** @throws S3Error MetadataTooLarge */
export function readMetadata(headers: Headers): Metadata {
  const metadata: Record<string, string> = {}
  let sizeBytes = 0
  for (const [name, value] of headers.entries()) {
    if (!name.startsWith(metadataPrefix)) continue
    metadata[name.slice(metadataPrefix.length)] = value
    sizeBytes += name.length - metadataPrefix.length + value.length
  }
  if (sizeBytes > limits.metadataBytesMax) {
    throw new S3Error('MetadataTooLarge', {
      details: { Size: String(sizeBytes), MaxSizeAllowed: String(limits.metadataBytesMax) },
    })
  }
  return metadata
}

/** Reads `x-amz-tagging`, which is a query string. */
export function readTaggingHeader(headers: Headers): Tag[] {
  const text = headers.get('x-amz-tagging')
  return text === undefined ? [] : parseTagging(headerText(text))
}

export function parseTagging(text: string): Tag[] {
  const tags = [...new URLSearchParams(text)].map(([key, value]) => ({ key, value }))
  requireTags(tags)
  return tags
}

const refusedHeaders: readonly { readonly pattern: RegExp; readonly what: string }[] = [
  { pattern: /^x-amz-server-side-encryption/, what: 'Server-side encryption' },
  { pattern: /^x-amz-copy-source-server-side-encryption/, what: 'Server-side encryption' },
  { pattern: /^x-amz-object-lock-/, what: 'Object lock' },
  { pattern: /^x-amz-bucket-object-lock-enabled$/, what: 'Object lock' },
]

/**
 * Refuses headers of a write whose meaning would be lost: nobody is to believe that an object is encrypted, locked or
 * public when it is not.
 * @throws S3Error NotImplemented, AccessControlListNotSupported or InvalidStorageClass
 */
export function refuseUnservedHeaders(headers: Headers): void {
  for (const [name, value] of headers.entries()) {
    if (!name.startsWith('x-amz-')) continue
    const refused = refusedHeaders.find(({ pattern }) => pattern.test(name))
    if (refused !== undefined && value.toLowerCase() !== 'false') {
      throw new S3Error('NotImplemented', { message: `${refused.what} is not implemented.`, details: { Header: name } })
    }
    if (name.startsWith('x-amz-grant-') || (name === 'x-amz-acl' && !ownersAcls.has(value))) {
      throw new S3Error('AccessControlListNotSupported')
    }
    if (name === 'x-amz-storage-class' && value !== 'STANDARD') {
      throw new S3Error('InvalidStorageClass', { details: { StorageClassRequested: value.slice(0, 64) } })
    }
    if (name === 'x-amz-object-ownership' && value !== 'BucketOwnerEnforced') {
      throw new S3Error('NotImplemented', 'Object ownership other than BucketOwnerEnforced is not implemented.')
    }
  }
}

/** Canned ACLs that give the owner of the bucket everything and nobody else anything: what there is anyway. */
const ownersAcls = new Set(['', 'private', 'bucket-owner-full-control', 'bucket-owner-read'])
