import type { OperationName } from './operations.ts'

/** What a request addresses: the service as a whole, a bucket, or an object. */
export type Scope = 'service' | 'bucket' | 'object'

/** What is known of an operation without its input: how it looks on the wire, and what it does. */
export interface OperationTraits {
  /** How the request looks on the wire: its method, what its target names, and the query parameters that tell it apart. */
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE'
  readonly scope: Scope
  /** Query parameters that must be there; a string must be equal, `true` stands for any value. */
  readonly query?: Readonly<Record<string, string | true>>
  /** A header that must be there. */
  readonly header?: string
  readonly effect: 'read' | 'write'
  /** True when doing it twice leaves the same as doing it once, and gives the same answer. */
  readonly idempotent: boolean
  /** The action that a policy allows or denies (https://docs.aws.amazon.com/AmazonS3/latest/userguide/list_amazons3.html). */
  readonly action: `s3:${string}`
  /** What the request carries: nothing, an XML document, or the bytes of an object. */
  readonly carries?: 'document' | 'body'
}

/**
 * The one table of operations: matching, the kinds of bodies and metrics read it. `action`, `idempotent` and `effect`
 * are for policies and retries that come; of them, matching reads `effect` to know what would change something.
 */
export const operationTraits = {
  listBuckets: { method: 'GET', scope: 'service', effect: 'read', idempotent: true, action: 's3:ListAllMyBuckets' },
  createBucket: {
    method: 'PUT',
    scope: 'bucket',
    effect: 'write',
    idempotent: false,
    action: 's3:CreateBucket',
    carries: 'document',
  },
  headBucket: { method: 'HEAD', scope: 'bucket', effect: 'read', idempotent: true, action: 's3:ListBucket' },
  deleteBucket: { method: 'DELETE', scope: 'bucket', effect: 'write', idempotent: false, action: 's3:DeleteBucket' },
  getBucketLocation: {
    method: 'GET',
    scope: 'bucket',
    query: { location: true },
    effect: 'read',
    idempotent: true,
    action: 's3:GetBucketLocation',
  },

  getBucketAcl: {
    method: 'GET',
    scope: 'bucket',
    query: { acl: true },
    effect: 'read',
    idempotent: true,
    action: 's3:GetBucketAcl',
  },
  putBucketAcl: {
    method: 'PUT',
    scope: 'bucket',
    query: { acl: true },
    effect: 'write',
    idempotent: true,
    action: 's3:PutBucketAcl',
    carries: 'document',
  },
  getObjectAcl: {
    method: 'GET',
    scope: 'object',
    query: { acl: true },
    effect: 'read',
    idempotent: true,
    action: 's3:GetObjectAcl',
  },
  putObjectAcl: {
    method: 'PUT',
    scope: 'object',
    query: { acl: true },
    effect: 'write',
    idempotent: true,
    action: 's3:PutObjectAcl',
    carries: 'document',
  },

  listObjects: { method: 'GET', scope: 'bucket', effect: 'read', idempotent: true, action: 's3:ListBucket' },
  listObjectsV2: {
    method: 'GET',
    scope: 'bucket',
    query: { 'list-type': '2' },
    effect: 'read',
    idempotent: true,
    action: 's3:ListBucket',
  },
  listObjectVersions: {
    method: 'GET',
    scope: 'bucket',
    query: { versions: true },
    effect: 'read',
    idempotent: true,
    action: 's3:ListBucketVersions',
  },

  getObject: { method: 'GET', scope: 'object', effect: 'read', idempotent: true, action: 's3:GetObject' },
  headObject: { method: 'HEAD', scope: 'object', effect: 'read', idempotent: true, action: 's3:GetObject' },
  getObjectAttributes: {
    method: 'GET',
    scope: 'object',
    query: { attributes: true },
    effect: 'read',
    idempotent: true,
    action: 's3:GetObjectAttributes',
  },
  putObject: {
    method: 'PUT',
    scope: 'object',
    effect: 'write',
    idempotent: true,
    action: 's3:PutObject',
    carries: 'body',
  },
  copyObject: {
    method: 'PUT',
    scope: 'object',
    header: 'x-amz-copy-source',
    effect: 'write',
    idempotent: true,
    action: 's3:PutObject',
  },
  deleteObject: { method: 'DELETE', scope: 'object', effect: 'write', idempotent: true, action: 's3:DeleteObject' },
  deleteObjects: {
    method: 'POST',
    scope: 'bucket',
    query: { delete: true },
    effect: 'write',
    idempotent: true,
    action: 's3:DeleteObject',
    carries: 'document',
  },
  getObjectTagging: {
    method: 'GET',
    scope: 'object',
    query: { tagging: true },
    effect: 'read',
    idempotent: true,
    action: 's3:GetObjectTagging',
  },
  putObjectTagging: {
    method: 'PUT',
    scope: 'object',
    query: { tagging: true },
    effect: 'write',
    idempotent: true,
    action: 's3:PutObjectTagging',
    carries: 'document',
  },
  deleteObjectTagging: {
    method: 'DELETE',
    scope: 'object',
    query: { tagging: true },
    effect: 'write',
    idempotent: true,
    action: 's3:DeleteObjectTagging',
  },

  createMultipartUpload: {
    method: 'POST',
    scope: 'object',
    query: { uploads: true },
    effect: 'write',
    idempotent: false,
    action: 's3:PutObject',
  },
  uploadPart: {
    method: 'PUT',
    scope: 'object',
    query: { partNumber: true, uploadId: true },
    effect: 'write',
    idempotent: true,
    action: 's3:PutObject',
    carries: 'body',
  },
  uploadPartCopy: {
    method: 'PUT',
    scope: 'object',
    query: { partNumber: true, uploadId: true },
    header: 'x-amz-copy-source',
    effect: 'write',
    idempotent: true,
    action: 's3:PutObject',
  },
  completeMultipartUpload: {
    method: 'POST',
    scope: 'object',
    query: { uploadId: true },
    effect: 'write',
    idempotent: true,
    action: 's3:PutObject',
    carries: 'document',
  },
  abortMultipartUpload: {
    method: 'DELETE',
    scope: 'object',
    query: { uploadId: true },
    effect: 'write',
    idempotent: true,
    action: 's3:AbortMultipartUpload',
  },
  listParts: {
    method: 'GET',
    scope: 'object',
    query: { uploadId: true },
    effect: 'read',
    idempotent: true,
    action: 's3:ListMultipartUploadParts',
  },
  listMultipartUploads: {
    method: 'GET',
    scope: 'bucket',
    query: { uploads: true },
    effect: 'read',
    idempotent: true,
    action: 's3:ListBucketMultipartUploads',
  },
} as const satisfies Record<OperationName, OperationTraits>

/** Traits of an operation, typed alike for all of them. */
export function traitsOf(operation: OperationName): OperationTraits {
  return operationTraits[operation]
}

/**
 * Operations that S3 has and Headrace does not serve: `scope` and the query parameter that names them, by method.
 * They are refused by name (`NotImplemented`), so that a document that would have no effect is never taken.
 */
export const unservedSubresources: Readonly<Record<'bucket' | 'object', Readonly<Record<string, string>>>> = {
  bucket: {
    abac: 'BucketAbac',
    accelerate: 'BucketAccelerateConfiguration',
    analytics: 'BucketAnalyticsConfiguration',
    cors: 'BucketCors',
    encryption: 'BucketEncryption',
    'intelligent-tiering': 'BucketIntelligentTieringConfiguration',
    inventory: 'BucketInventoryConfiguration',
    lifecycle: 'BucketLifecycleConfiguration',
    logging: 'BucketLogging',
    metadataConfiguration: 'BucketMetadataConfiguration',
    metadataInventoryTable: 'BucketMetadataInventoryTableConfiguration',
    metadataJournalTable: 'BucketMetadataJournalTableConfiguration',
    metadataTable: 'BucketMetadataTableConfiguration',
    metrics: 'BucketMetricsConfiguration',
    notification: 'BucketNotificationConfiguration',
    'object-lock': 'ObjectLockConfiguration',
    ownershipControls: 'BucketOwnershipControls',
    policy: 'BucketPolicy',
    policyStatus: 'BucketPolicyStatus',
    publicAccessBlock: 'PublicAccessBlock',
    replication: 'BucketReplication',
    requestPayment: 'BucketRequestPayment',
    session: 'Session',
    tagging: 'BucketTagging',
    versioning: 'BucketVersioning',
    website: 'BucketWebsite',
  },
  object: {
    encryption: 'ObjectEncryption',
    'legal-hold': 'ObjectLegalHold',
    renameObject: 'RenameObject',
    restore: 'RestoreObject',
    retention: 'ObjectRetention',
    select: 'SelectObjectContent',
    torrent: 'ObjectTorrent',
  },
}
