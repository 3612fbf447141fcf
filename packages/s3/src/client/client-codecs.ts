import type { OperationName } from '../operations/operations.ts'
import { getBucketAcl, getObjectAcl, putBucketAcl, putObjectAcl } from './acl.ts'
import { createBucket, deleteBucket, getBucketLocation, headBucket, listBuckets } from './buckets.ts'
import type { ClientCodec } from './client-codec.ts'
import { completeMultipartUpload } from './complete-upload.ts'
import { copyObject } from './copy.ts'
import { abortMultipartUpload, createMultipartUpload } from './create-upload.ts'
import { deleteObject } from './delete-object.ts'
import { deleteObjects } from './delete-objects.ts'
import { getObject, headObject } from './get-object.ts'
import { listParts } from './list-parts.ts'
import { listMultipartUploads } from './list-uploads.ts'
import { listObjects, listObjectsV2, listObjectVersions } from './listing.ts'
import { getObjectAttributes } from './object-attributes.ts'
import { putObject } from './put-object.ts'
import { deleteObjectTagging, getObjectTagging, putObjectTagging } from './tagging.ts'
import { uploadPart, uploadPartCopy } from './upload-part.ts'

/** The client's codec of every operation. The compiler finds one that is missing. */
export const clientCodecs: { readonly [N in OperationName]: ClientCodec<N> } = {
  listBuckets,
  createBucket,
  headBucket,
  deleteBucket,
  getBucketLocation,

  getBucketAcl,
  putBucketAcl,
  getObjectAcl,
  putObjectAcl,

  listObjects,
  listObjectsV2,
  listObjectVersions,

  getObject,
  headObject,
  getObjectAttributes,
  putObject,
  copyObject,
  deleteObject,
  deleteObjects,
  getObjectTagging,
  putObjectTagging,
  deleteObjectTagging,

  createMultipartUpload,
  uploadPart,
  uploadPartCopy,
  completeMultipartUpload,
  abortMultipartUpload,
  listParts,
  listMultipartUploads,
}
