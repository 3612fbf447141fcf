import {
  type GetObjectAttributesInput,
  type GetObjectAttributesOutput,
  type GetObjectInput,
  type HeadObjectOutput,
  matchesIfRange,
  type ObjectInfo,
  S3Error,
} from '@headrace/s3'
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
      let opened = await caller.open(withoutOwner(input), ctx)
      try {
        if (isOfAnother(input, opened)) {
          opened.reply.abandon()
          opened = await caller.open(withoutRange(withoutOwner(input)), ctx)
        }
        return new RemoteReader(opened, selectReply(input, opened))
      } catch (error) {
        opened.reply.abandon()
        throw error
      }
    },
    async headObject(input, ctx) {
      const answer = await caller.call('headObject', withoutOwner(input), ctx)
      const { info } = answer
      return { info, selection: isOfAnother(input, answer) ? undefined : selectReply(input, answer) }
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
 * Whether a range came of another object than it is about: Ceph RGW 16 ignores If-Range, and whoever put the two together
 * would have bytes of both.
 */
function isOfAnother({ ifRange }: GetObjectInput, { info, selection }: HeadObjectOutput): boolean {
  return ifRange !== undefined && selection !== undefined && !matchesIfRange(ifRange, info)
}

/** The same object as a whole. */
function withoutRange({ range: _range, ifRange: _ifRange, ...input }: GetObjectInput): GetObjectInput {
  return input
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
