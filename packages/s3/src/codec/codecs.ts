import type { OperationName } from '../operations/operations.ts'
import { bucketCodecs } from './buckets.ts'
import type { Codec } from './codec.ts'
import { copyCodecs } from './copy.ts'
import { deleteObjectsCodecs } from './delete-objects.ts'
import { listUploadsCodecs } from './list-uploads.ts'
import { listingCodecs } from './listing.ts'
import { multipartCodecs } from './multipart.ts'
import { objectCodecs } from './objects.ts'
import { taggingCodecs } from './tagging.ts'

/** The codec of every operation. The compiler finds one that is missing. */
export const codecs: { readonly [N in OperationName]: Codec<N> } = {
  ...bucketCodecs,
  ...listingCodecs,
  ...objectCodecs,
  ...copyCodecs,
  ...deleteObjectsCodecs,
  ...taggingCodecs,
  ...multipartCodecs,
  ...listUploadsCodecs,
}
