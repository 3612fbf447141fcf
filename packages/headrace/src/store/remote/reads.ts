import { type GetObjectAttributesInput, type GetObjectAttributesOutput, type ObjectInfo, S3Error } from '@headrace/s3'
import type { RequestContext } from '../../core/context.ts'
import type { ObjectStore } from '../../core/store.ts'
import { type RemoteParts, withoutOwner } from './remote-parts.ts'
import { RemoteReader } from './remote-reader.ts'
import { selectReply } from './select-reply.ts'
import { notSupported } from './store-errors.ts'

type ReadOperation = 'getObject' | 'headObject' | 'getObjectAttributes' | 'getObjectTagging'

/** Reads: one request each, but for attributes of objects with parts. */
export function readOperations(parts: RemoteParts): Pick<ObjectStore, ReadOperation> {
  const { caller } = parts
  return {
    async getObject(input, ctx) {
      const opened = await caller.open(withoutOwner(input), ctx)
      try {
        return new RemoteReader(opened, selectReply(input, opened))
      } catch (error) {
        opened.reply.abandon()
        throw error
      }
    },
    async headObject(input, ctx) {
      const answer = await caller.call('headObject', withoutOwner(input), ctx)
      return { info: answer.info, selection: selectReply(input, answer) }
    },
    async getObjectAttributes(input, ctx) {
      const { bucket, key, versionId, conditions } = input
      const { info } = await caller.call('headObject', { bucket, key, versionId, conditions }, ctx)
      const hasParts = info.partsCount !== undefined
      return hasParts && input.attributes.includes('ObjectParts')
        ? { info, parts: await partsOf(parts, input, info, ctx) }
        : { info }
    },
    async getObjectTagging(input, ctx) {
      return await caller.call('getObjectTagging', withoutOwner(input), ctx)
    },
  }
}

/**
 * What only GetObjectAttributes tells. Where there is no such operation, the request would be taken for one of the object
 * itself, and answered with its bytes.
 */
async function partsOf(
  { caller, policy }: RemoteParts,
  input: GetObjectAttributesInput,
  info: ObjectInfo,
  ctx: RequestContext,
): Promise<GetObjectAttributesOutput['parts']> {
  if (!policy.ledger.objectAttributes) throw notSupported('The upstream does not tell of which parts an object is made')
  const asked = withoutOwner({ ...input, attributes: ['ETag', 'ObjectParts'], conditions: undefined } as const)
  const { etag, parts } = await caller.call('getObjectAttributes', asked, ctx)
  if (etag === info.etag) return parts
  throw new S3Error('ConditionalRequestConflict', {
    message: 'The object was replaced while it was looked at. Send the request again.',
    origin: 'upstream',
  })
}
