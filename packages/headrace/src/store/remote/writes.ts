import type { CopyObjectInput, DeleteObjectsInput, DeleteObjectsOutput, PutObjectInput } from '@headrace/s3'
import { type Body, S3Error } from '@headrace/s3'
import type { RequestContext } from '../../core/context.ts'
import type { ObjectStore } from '../../core/store.ts'
import { sendBody } from './body/send-body.ts'
import { putUnsized } from './body/send-unsized.ts'
import { takesChecksum } from './body/upload-checksum.ts'
import { requireAcls, withoutPrivate } from './buckets.ts'
import { copyFrom } from './copy-source.ts'
import { holdsConditions, type RemoteParts, requireHeld, withoutOwner } from './remote-parts.ts'
import { notSupported } from './store-errors.ts'

type WriteOperation =
  | 'putObject'
  | 'copyObject'
  | 'deleteObject'
  | 'deleteObjects'
  | 'putObjectTagging'
  | 'deleteObjectTagging'

/** Writes of whole objects. */
export function writeOperations(parts: RemoteParts): Pick<ObjectStore, WriteOperation> {
  const { caller, policy } = parts
  const { ledger } = policy
  return {
    async putObject(given, ctx) {
      const { body } = given
      const input = withoutOwner(withoutPrivate(given))
      requireWritable(parts, given)
      requireHeld(ledger, 'put', input.conditions)
      if (!isSized(body)) return await putUnsized(parts, input, ctx)
      const sent = await sendBody(parts, body, ctx, (upload) => caller.call('putObject', input, ctx, upload))
      return { ...sent.output, sizeBytes: sent.summary.sizeBytes }
    },
    async copyObject(given, ctx) {
      requireWritable(parts, { ...given, tags: given.tags ?? [] })
      requireHeld(ledger, 'copy', given.conditions)
      const input = { ...withoutOwner(withoutPrivate(given)), checksumAlgorithm: wantedChecksum(parts, given) }
      return await copyFrom(parts, given.source, ctx, (source) => caller.call('copyObject', { ...input, source }, ctx))
    },
    async deleteObject(input, ctx) {
      requireHeld(ledger, 'delete', input.ifMatch)
      return await caller.call('deleteObject', withoutOwner(input), ctx)
    },
    async deleteObjects(input, ctx) {
      return await deleteMany(parts, withoutOwner(input), ctx)
    },
    async putObjectTagging(input, ctx) {
      return await caller.call('putObjectTagging', withoutOwner(input), ctx)
    },
    async deleteObjectTagging(input, ctx) {
      return await caller.call('deleteObjectTagging', withoutOwner(input), ctx)
    },
  }
}

/** Whether the length of a body is known. */
export function isSized(body: Body): body is Body & { readonly sizeBytes: number } {
  return body.sizeBytes !== undefined
}

/**
 * Holds what is written with an object against what the upstream keeps.
 * @throws S3Error NotImplemented
 */
export function requireWritable({ policy }: RemoteParts, { acl, tags }: Pick<PutObjectInput, 'acl' | 'tags'>): void {
  requireAcls(policy.ledger.acls, acl)
  if (tags.length > 0 && !policy.ledger.tagging) throw notSupported('The upstream keeps no tags')
}

/** The checksum that a copy is to have. Where the upstream keeps none, the reply shows that, and names none. */
function wantedChecksum(
  { policy }: RemoteParts,
  { checksumAlgorithm }: CopyObjectInput,
): CopyObjectInput['checksumAlgorithm'] {
  if (checksumAlgorithm === undefined || takesChecksum(policy.ledger, checksumAlgorithm)) return checksumAlgorithm
  if (policy.unkeptChecksums === 'refuse') throw notSupported('The upstream keeps no checksum with a copy')
  return undefined
}

/** What XML 1.0 has no way to write, references included: readers of it refuse the whole document. */
const unwritable = /[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/

type Doomed = DeleteObjectsInput['objects'][number]

/**
 * Objects whose names no document can hold are deleted one by one. A condition that the upstream would ignore is refused
 * for its object alone.
 */
async function deleteMany(
  { caller, policy }: RemoteParts,
  { objects, ...input }: DeleteObjectsInput,
  ctx: RequestContext,
): Promise<DeleteObjectsOutput> {
  const mayBeConditional = holdsConditions(policy.ledger, 'deleteObjects')
  const fits = ({ key, etag }: Doomed) => !unwritable.test(key) && (etag === undefined || mayBeConditional)
  const together = objects.filter(fits)
  const apart = objects.filter((object) => !fits(object))
  const answer =
    together.length === 0
      ? { deleted: [], errors: [] }
      : await caller.call('deleteObjects', { ...input, objects: together }, ctx)
  const deleted = [...answer.deleted]
  const errors = [...answer.errors]
  for (const { key, versionId, etag } of apart) {
    try {
      requireHeld(policy.ledger, 'delete', etag)
      const ifMatch = etag === undefined ? undefined : [etag]
      await caller.call('deleteObject', { bucket: input.bucket, key, versionId, ifMatch }, ctx)
      deleted.push({ key, versionId })
    } catch (error) {
      if (!(error instanceof S3Error)) throw error
      errors.push({ key, versionId, code: error.code, message: error.message })
    }
  }
  return { deleted, errors }
}
