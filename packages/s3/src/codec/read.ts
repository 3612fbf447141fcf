import { S3Error } from '../errors/s3-error.ts'
import { type Headers, headerText } from '../headers.ts'
import { limits } from '../limits.ts'
import { requireBucketName, requireKey } from '../names.ts'
import { type CannedAcl, cannedAcls } from '../operations/acl.ts'
import type { BucketInput, ContentHeaders, Metadata, ObjectInput, Tag } from '../operations/common.ts'
import { archiveClasses, type StorageClass, storageClasses } from '../operations/storage-class.ts'
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

/**
 * Reads a whole number.
 * @param name of what it is, for the error
 * @throws S3Error InvalidArgument when it is none, or out of bounds
 */
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

/** Reads the headers that are kept with an object; an empty one counts as none. */
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

/** What the headers of user metadata begin with. */
export const metadataPrefix = 'x-amz-meta-'

/**
 * Reads the user metadata.
 * @throws S3Error MetadataTooLarge
 */
export function readMetadata(headers: Headers): Metadata {
  const entries: [string, string][] = []
  let sizeBytes = 0
  for (const [header, value] of headers.entries()) {
    if (!header.startsWith(metadataPrefix)) continue
    const name = header.slice(metadataPrefix.length)
    entries.push([name, value])
    sizeBytes += name.length + value.length
  }
  if (sizeBytes > limits.metadataBytesMax) {
    throw new S3Error('MetadataTooLarge', {
      details: { Size: String(sizeBytes), MaxSizeAllowed: String(limits.metadataBytesMax) },
    })
  }
  // Unlike an assignment, this makes a property of `__proto__` too.
  return Object.fromEntries(entries)
}

/**
 * Reads `x-amz-tagging`, which is a query string.
 * @throws S3Error InvalidTag or BadRequest
 */
export function readTaggingHeader(headers: Headers): Tag[] {
  const text = headers.get('x-amz-tagging')
  const tags = [...new URLSearchParams(headerText(text ?? ''))].map(([key, value]) => ({ key, value }))
  requireTags(tags)
  return tags
}

/** Beginnings of headers, and what they ask for. */
const refusedHeaders: readonly (readonly [prefix: string, what: string])[] = [
  ['x-amz-server-side-encryption', 'Server-side encryption'],
  ['x-amz-copy-source-server-side-encryption', 'Server-side encryption'],
  ['x-amz-object-lock-', 'Object lock'],
  ['x-amz-bucket-object-lock-enabled', 'Object lock'],
  ['x-amz-write-offset-bytes', 'Appending to an object'],
  ['x-amz-if-match-', 'A condition on size or time of an object to delete'],
]

/**
 * Refuses headers whose meaning would be lost: nobody is to believe that an object is encrypted, locked or public when
 * it is not, or is to overwrite what was to be appended to. Reads are held against them as well: a key to decrypt with
 * says that its sender believes so.
 * @throws S3Error NotImplemented or AccessControlListNotSupported
 */
export function refuseUnservedHeaders(headers: Headers): void {
  for (const [name, value] of headers.entries()) {
    if (!name.startsWith('x-amz-')) continue
    const refused = refusedHeaders.find(([prefix]) => name.startsWith(prefix))
    if (refused !== undefined && value.toLowerCase() !== 'false') {
      throw new S3Error('NotImplemented', { message: `${refused[1]} is not implemented.`, details: { Header: name } })
    }
    if (name.startsWith('x-amz-grant-')) throw new S3Error('AccessControlListNotSupported')
    if (name === 'x-amz-object-ownership' && value !== 'BucketOwnerEnforced') {
      throw new S3Error('NotImplemented', 'Object ownership other than BucketOwnerEnforced is not implemented.')
    }
  }
}

/**
 * Reads `x-amz-storage-class`.
 * @returns undefined when there is none
 * @throws S3Error InvalidStorageClass for one that does not exist, and for one whose objects could not be read at once
 */
export function readStorageClass(headers: Headers): StorageClass | undefined {
  const value = headers.get('x-amz-storage-class')
  if (value === undefined) return undefined
  const storageClass = storageClasses.find((name) => name === value)
  if (storageClass !== undefined && !archiveClasses.has(storageClass)) return storageClass
  throw new S3Error('InvalidStorageClass', {
    message: storageClass && `${storageClass} needs RestoreObject, which is not implemented.`,
    details: { StorageClassRequested: value.slice(0, 64) },
  })
}

/** Canned ACLs that say what is true anyway: objects belong to the owner of their bucket. */
const ownersAcls = new Set(['', 'bucket-owner-full-control', 'bucket-owner-read'])

/**
 * Reads `x-amz-acl`.
 * @returns undefined when there is none
 * @throws S3Error AccessControlListNotSupported for one that would have no effect
 */
export function readCannedAcl(headers: Headers): CannedAcl | undefined {
  const value = headers.get('x-amz-acl')
  if (value === undefined) return undefined
  const acl = ownersAcls.has(value) ? 'private' : cannedAcls.find((name) => name === value)
  if (acl === undefined) throw new S3Error('AccessControlListNotSupported')
  return acl
}
