import { type GetObjectInput, type ObjectReader, S3Error, type S3ErrorCode, type Selection } from '@headrace/s3'
import { attemptErrorOf } from '../../core/attempt.ts'

/** The bytes that a reader delivers; undefined when there are none. */
export function selectionOf({ info, selection }: Pick<ObjectReader, 'info' | 'selection'>): Selection | undefined {
  if (selection !== undefined) return selection
  return info.sizeBytes === 0 ? undefined : { first: 0, last: info.sizeBytes - 1 }
}

/**
 * Whether the rest of the object can be had from elsewhere, and be known to be the rest of the same one: only a strong
 * ETag says so (RFC 9110, section 8.8.1).
 */
export function isResumable({ info: { etag } }: Pick<ObjectReader, 'info'>): boolean {
  return etag !== '' && !etag.startsWith('W/')
}

/**
 * Asks for the rest of what a reader delivers, of the same object. When that has a version, the version is named: it can
 * be read even when there is a newer one.
 */
export function continuationOf(
  { bucket, key, versionId, expectedBucketOwner }: GetObjectInput,
  { info }: Pick<ObjectReader, 'info'>,
  rest: Selection,
): GetObjectInput {
  return {
    bucket,
    key,
    versionId: versionId ?? info.versionId,
    expectedBucketOwner,
    range: rest,
    conditions: { ifMatch: [info.etag] },
  }
}

/**
 * What is spliced must be of one object, and fit without a gap.
 * @throws Error when it is not what was asked for
 */
export function requireContinuation(
  { info, selection }: Pick<ObjectReader, 'info' | 'selection'>,
  original: Pick<ObjectReader, 'info'>,
  rest: Selection,
): void {
  const { etag, sizeBytes } = original.info
  if (info.etag !== etag || info.sizeBytes !== sizeBytes) {
    throw new Error(`another object came: ${info.etag} of ${info.sizeBytes} bytes, not ${etag} of ${sizeBytes}`)
  }
  if (selection?.first !== rest.first || selection.last !== rest.last) {
    const got = selection === undefined ? 'the whole object' : `bytes ${selection.first}-${selection.last}`
    throw new Error(`${got} came, not bytes ${rest.first}-${rest.last}`)
  }
}

/** What a store answers when the object is not the one any more that was opened. */
const changedCodes: ReadonlySet<S3ErrorCode> = new Set([
  'PreconditionFailed',
  'NoSuchKey',
  'NoSuchVersion',
  'NoSuchBucket',
  'InvalidRange',
  'MethodNotAllowed',
])

/**
 * What the client is told of a body that cannot be continued, as long as nothing of it was sent; after that, its
 * connection is destroyed.
 */
export function brokenBody(cause: unknown): S3Error {
  const isChanged = cause instanceof S3Error && changedCodes.has(cause.code)
  const message = isChanged
    ? 'The object was changed or removed while it was read. Send the request again.'
    : 'The object could not be read to its end. Send the request again.'
  return new S3Error('ServiceUnavailable', { message, origin: 'upstream', cause: attemptErrorOf(cause) ?? cause })
}
