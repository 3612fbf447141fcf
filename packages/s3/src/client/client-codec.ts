import type { Headers } from '../headers.ts'
import type { ListBucketsInput } from '../operations/buckets.ts'
import type { Checksum, Owner } from '../operations/common.ts'
import type { ListObjectsInput, ListObjectsOutput, ListObjectVersionsOutput } from '../operations/listing.ts'
import type { ListMultipartUploadsOutput, ListPartsOutput, UploadPartInput } from '../operations/multipart.ts'
import type {
  GetObjectAttributesOutput,
  HeadObjectOutput,
  PutObjectInput,
  PutObjectOutput,
} from '../operations/objects.ts'
import type { OperationName, Operations } from '../operations/operations.ts'

/**
 * One request of a client, but for what depends on where it goes and how its body is sent: `host`, the length, checksums
 * of the body, and the signature.
 */
export interface ClientRequest {
  readonly method: string
  /** Raw path and query: the bucket is part of the path. */
  readonly target: string
  /** Names and values in turn, a character for each byte. */
  readonly headers: readonly string[]
  /** The XML document, for operations that send one. */
  readonly document?: Uint8Array
}

/** One reply but for the bytes of an object. */
export interface ClientReply {
  readonly status: number
  readonly headers: Headers
  /** Empty when there is none. Of a failure as of a success, but for the bytes of an object. */
  readonly document: Uint8Array
}

/** The buckets of a reply; a client is told less of them than a server knows. */
export interface BucketsReply {
  readonly owner: Owner
  readonly buckets: readonly { readonly name: string; readonly createdMs: number }[]
  /** Present when there are more: to be sent with the next request. */
  readonly continuationToken?: string
}

/** The fields of an object that were asked for, as far as it has them. */
export interface AttributesReply {
  readonly etag?: string
  readonly checksum?: Checksum
  readonly storageClass?: string
  readonly sizeBytes?: number
  readonly lastModifiedMs?: number
  readonly versionId?: string
  readonly parts?: GetObjectAttributesOutput['parts']
}

/** Where a client says or learns something else than a server takes or gives. */
interface Differences {
  /** Pages are continued with a token only. */
  listBuckets: {
    input: Omit<ListBucketsInput, 'startAfter'> & { readonly continuationToken?: string }
    output: BucketsReply
  }
  /** All that the reply tells: where the bucket is. */
  headBucket: { output: { readonly region?: string } }
  listObjects: { output: Omit<ListObjectsOutput, 'owner'> }
  /**
   * AWS takes `startAfter` by the letter: one that is a common prefix brings the same common prefix again. Pages with a
   * delimiter are continued with the token, or listed with listObjects.
   */
  listObjectsV2: {
    input: ListObjectsInput & { readonly continuationToken?: string }
    output: Omit<ListObjectsOutput, 'owner'> & { readonly continuationToken?: string }
  }
  listObjectVersions: { output: Omit<ListObjectVersionsOutput, 'owner'> }
  /** The bytes follow the head of the reply: reading them is the caller's. */
  getObject: { output: HeadObjectOutput }
  getObjectAttributes: { output: AttributesReply }
  /** Bodies are sent by the caller, who knows their size. */
  putObject: { input: Omit<PutObjectInput, 'body'>; output: Omit<PutObjectOutput, 'sizeBytes'> }
  uploadPart: { input: Omit<UploadPartInput, 'body'> }
  listParts: { output: Omit<ListPartsOutput, 'owner'> }
  listMultipartUploads: { output: Omit<ListMultipartUploadsOutput, 'owner'> }
}

/** What a client puts into an operation. */
export type ClientInput<N extends OperationName> = N extends keyof Differences
  ? Differences[N] extends { input: infer I }
    ? I
    : Operations[N]['input']
  : Operations[N]['input']

/** What a client gets out of an operation. */
export type ClientOutput<N extends OperationName> = N extends keyof Differences
  ? Differences[N] extends { output: infer O }
    ? O
    : Operations[N]['output']
  : Operations[N]['output']

/**
 * Translates one operation between its typed form and the wire, from the client's side.
 * - `encode` throws S3Error InvalidArgument for what no header can hold.
 * - `decode` throws S3Error for every reply that is not a success, origin `upstream`: with the code of the upstream where
 *   `s3Errors` has it, and InternalError for a reply that cannot be read.
 */
export interface ClientCodec<N extends OperationName> {
  encode(input: ClientInput<N>): ClientRequest
  decode(reply: ClientReply, input: ClientInput<N>): ClientOutput<N>
}
