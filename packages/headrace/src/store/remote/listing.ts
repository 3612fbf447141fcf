import type { ListObjectsInput, ListObjectsOutput } from '@headrace/s3'
import type { RequestContext } from '../../core/context.ts'
import type { ObjectStore } from '../../core/store.ts'
import { type RemoteParts, withoutOwner } from './remote-parts.ts'

type ListingOperation = 'listObjects' | 'listObjectsV2' | 'listObjectVersions' | 'listMultipartUploads' | 'listParts'

/** Pages of listings, in the upstream's order, which is that of UTF-8 bytes unless the ledger says otherwise. */
export function listingOperations({ caller, owner }: RemoteParts): Pick<ObjectStore, ListingOperation> {
  /**
   * Every page is asked for by the first version of ListObjects: its marker means what `startAfter` does here, a common
   * prefix among others, while the second version continues with a token that only the upstream can make.
   */
  const list = async (input: ListObjectsInput, ctx: RequestContext): Promise<ListObjectsOutput> => {
    const page = await caller.call('listObjects', withoutOwner(input), ctx)
    return { owner, ...page, nextStartAfter: input.maxKeys === 0 ? undefined : page.nextStartAfter }
  }
  return {
    listObjects: list,
    listObjectsV2: list,
    async listObjectVersions(input, ctx) {
      const page = await caller.call('listObjectVersions', withoutOwner(input), ctx)
      return { owner, ...page, next: input.maxKeys === 0 ? undefined : page.next }
    },
    async listMultipartUploads(input, ctx) {
      const page = await caller.call('listMultipartUploads', withoutOwner(input), ctx)
      return { owner, ...page, next: input.maxUploads === 0 ? undefined : page.next }
    },
    async listParts(input, ctx) {
      const page = await caller.call('listParts', withoutOwner(input), ctx)
      return { owner, ...page, isTruncated: page.isTruncated && input.maxParts > 0 }
    },
  }
}
