import type { AclOutput, PutBucketAclInput, PutObjectAclInput } from './acl.ts'
import type {
  CreateBucketInput,
  GetBucketLocationOutput,
  HeadBucketOutput,
  ListBucketsInput,
  ListBucketsOutput,
} from './buckets.ts'
import type { BucketInput, ObjectInput } from './common.ts'
import type {
  ListObjectsInput,
  ListObjectsOutput,
  ListObjectVersionsInput,
  ListObjectVersionsOutput,
} from './listing.ts'
import type {
  CompleteMultipartUploadInput,
  CompleteMultipartUploadOutput,
  CreateMultipartUploadInput,
  CreateMultipartUploadOutput,
  ListMultipartUploadsInput,
  ListMultipartUploadsOutput,
  ListPartsInput,
  ListPartsOutput,
  UploadInput,
  UploadPartCopyInput,
  UploadPartCopyOutput,
  UploadPartInput,
  UploadPartOutput,
} from './multipart.ts'
import type {
  CopyObjectInput,
  CopyObjectOutput,
  DeleteObjectInput,
  DeleteObjectOutput,
  DeleteObjectsInput,
  DeleteObjectsOutput,
  GetObjectAttributesInput,
  GetObjectAttributesOutput,
  GetObjectInput,
  GetObjectTaggingOutput,
  HeadObjectOutput,
  ObjectReader,
  ObjectTaggingOutput,
  PutObjectInput,
  PutObjectOutput,
  PutObjectTaggingInput,
} from './objects.ts'

/** The vocabulary of S3, once: every operation that is served, with what goes in and what comes out. */
export interface Operations {
  listBuckets: { input: ListBucketsInput; output: ListBucketsOutput }
  createBucket: { input: CreateBucketInput; output: void }
  headBucket: { input: BucketInput; output: HeadBucketOutput }
  deleteBucket: { input: BucketInput; output: void }
  getBucketLocation: { input: BucketInput; output: GetBucketLocationOutput }

  getBucketAcl: { input: BucketInput; output: AclOutput }
  putBucketAcl: { input: PutBucketAclInput; output: void }
  getObjectAcl: { input: ObjectInput; output: AclOutput }
  putObjectAcl: { input: PutObjectAclInput; output: void }

  listObjects: { input: ListObjectsInput; output: ListObjectsOutput }
  listObjectsV2: { input: ListObjectsInput; output: ListObjectsOutput }
  listObjectVersions: { input: ListObjectVersionsInput; output: ListObjectVersionsOutput }

  getObject: { input: GetObjectInput; output: ObjectReader }
  headObject: { input: GetObjectInput; output: HeadObjectOutput }
  getObjectAttributes: { input: GetObjectAttributesInput; output: GetObjectAttributesOutput }
  putObject: { input: PutObjectInput; output: PutObjectOutput }
  copyObject: { input: CopyObjectInput; output: CopyObjectOutput }
  deleteObject: { input: DeleteObjectInput; output: DeleteObjectOutput }
  deleteObjects: { input: DeleteObjectsInput; output: DeleteObjectsOutput }
  getObjectTagging: { input: ObjectInput; output: GetObjectTaggingOutput }
  putObjectTagging: { input: PutObjectTaggingInput; output: ObjectTaggingOutput }
  deleteObjectTagging: { input: ObjectInput; output: ObjectTaggingOutput }

  createMultipartUpload: { input: CreateMultipartUploadInput; output: CreateMultipartUploadOutput }
  uploadPart: { input: UploadPartInput; output: UploadPartOutput }
  uploadPartCopy: { input: UploadPartCopyInput; output: UploadPartCopyOutput }
  completeMultipartUpload: { input: CompleteMultipartUploadInput; output: CompleteMultipartUploadOutput }
  abortMultipartUpload: { input: UploadInput; output: void }
  listParts: { input: ListPartsInput; output: ListPartsOutput }
  listMultipartUploads: { input: ListMultipartUploadsInput; output: ListMultipartUploadsOutput }
}

/** The name of an operation, as in `operationTraits` and `codecs`. */
export type OperationName = keyof Operations
