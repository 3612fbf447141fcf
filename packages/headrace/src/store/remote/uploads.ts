import { type CompleteMultipartUploadInput, S3Error, type UploadChecksum, type UploadPartOutput } from '@headrace/s3'
import type { RequestContext } from '../../core/context.ts'
import type { ObjectStore } from '../../core/store.ts'
import { type Send, sendBody } from './body/send-body.ts'
import { noLonger, sendUnsized } from './body/send-unsized.ts'
import { takesChecksum } from './body/upload-checksum.ts'
import { withoutPrivate } from './buckets.ts'
import { copyFrom } from './copy-source.ts'
import { type RemoteParts, requireHeld, withoutOwner } from './remote-parts.ts'
import { notSupported } from './store-errors.ts'
import { isSized, requireWritable } from './writes.ts'

type UploadOperation =
  | 'createMultipartUpload'
  | 'uploadPart'
  | 'uploadPartCopy'
  | 'completeMultipartUpload'
  | 'abortMultipartUpload'

/** Multipart uploads: they are those of the upstream, id and all. */
export function uploadOperations(parts: RemoteParts): Pick<ObjectStore, UploadOperation> {
  const { caller, policy } = parts
  return {
    async createMultipartUpload(given, ctx) {
      requireWritable(parts, given)
      const input = withoutOwner(withoutPrivate(given))
      const checksum = keptChecksum(parts, given.checksum)
      return await caller.call('createMultipartUpload', { ...input, checksum }, ctx)
    },
    async uploadPart({ body, ...input }, ctx) {
      const place = withoutOwner(input)
      const send: Send<UploadPartOutput> = (upload) => caller.call('uploadPart', place, ctx, upload)
      const { output } = isSized(body)
        ? await sendBody(parts, body, ctx, send)
        : await sendUnsized(parts, body, ctx, { send, longer: noLonger })
      return output
    },
    async uploadPartCopy(input, ctx) {
      const part = withoutOwner(input)
      return await copyFrom(parts, input.source, ctx, (source) =>
        caller.call('uploadPartCopy', { ...part, source }, ctx),
      )
    },
    async completeMultipartUpload(given, ctx) {
      requireHeld(policy.ledger, 'complete', given.conditions)
      const input = withoutOwner(given)
      const expected = await verifiableExpectations(parts, input, ctx)
      const named = input.parts.map((part) =>
        part.checksum === undefined || takesChecksum(policy.ledger, part.checksum.algorithm)
          ? part
          : { partNumber: part.partNumber, etag: part.etag },
      )
      return await caller.call('completeMultipartUpload', { ...input, parts: named, expected }, ctx)
    },
    async abortMultipartUpload(input, ctx) {
      await caller.call('abortMultipartUpload', withoutOwner(input), ctx)
    },
  }
}

/** The checksum that an upload is to have. Where the upstream keeps none, the reply shows that, and names none. */
function keptChecksum({ policy }: RemoteParts, checksum: UploadChecksum | undefined): UploadChecksum | undefined {
  if (checksum === undefined || takesChecksum(policy.ledger, checksum.algorithm)) return checksum
  if (policy.unkeptChecksums === 'refuse') throw notSupported('The upstream keeps no checksum with an upload')
  return undefined
}

/**
 * What is expected of the whole goes to an upstream that compares it. Checksums of parts need not: each was verified when
 * its part came, and the ETag says which part it was. That of the whole nobody could compare, and it is refused.
 */
async function verifiableExpectations(
  parts: RemoteParts,
  input: CompleteMultipartUploadInput,
  ctx: RequestContext,
): Promise<CompleteMultipartUploadInput['expected']> {
  const { checksum, checksumType, sizeBytes } = input.expected ?? {}
  const { ledger } = parts.policy
  if (checksum !== undefined && !takesChecksum(ledger, checksum.algorithm)) {
    throw notSupported(`The upstream does not compare the ${checksum.algorithm} of a whole upload`)
  }
  const keepsAny = Object.values(ledger.checksums).some((verdict) => verdict === 'kept' || verdict === 'checked')
  if (sizeBytes !== undefined && !ledger.completeSize) await requireSize(parts, input, sizeBytes, ctx)
  return {
    ...(checksum !== undefined && { checksum }),
    ...(checksumType !== undefined && keepsAny && { checksumType }),
    ...(sizeBytes !== undefined && ledger.completeSize && { sizeBytes }),
  }
}

/** @throws S3Error InvalidRequest when the parts are not together as large as expected */
async function requireSize(
  { caller }: RemoteParts,
  { bucket, key, uploadId, parts }: CompleteMultipartUploadInput,
  expectedBytes: number,
  ctx: RequestContext,
): Promise<void> {
  const wanted = new Set(parts.map(({ partNumber }) => partNumber))
  let sizeBytes = 0
  let partNumberMarker = 0
  for (;;) {
    const page = await caller.call('listParts', { bucket, key, uploadId, maxParts: 1000, partNumberMarker }, ctx)
    for (const part of page.parts) if (wanted.has(part.partNumber)) sizeBytes += part.sizeBytes
    const last = page.parts.at(-1)?.partNumber
    if (!page.isTruncated || last === undefined || last <= partNumberMarker) break
    partNumberMarker = last
  }
  if (sizeBytes === expectedBytes) return
  throw new S3Error(
    'InvalidRequest',
    `The provided 'x-amz-mp-object-size' header value ${expectedBytes} does not match what was computed: ${sizeBytes}`,
  )
}
