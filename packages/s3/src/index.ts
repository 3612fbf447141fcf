// The wire of S3, both halves: matching, signatures, framing, checksums, documents, errors.
export { AwsChunkedDecoder, type AwsChunkedOptions } from './body/aws-chunked-decoder.ts'
export { AwsChunkedEncoder, encodeAwsChunked } from './body/aws-chunked-encoder.ts'
export { type BodyChecks, checksumHeader, type ExpectedChecksum, readBodyChecks } from './body/body-checks.ts'
export { BodyVerifier } from './body/body-verifier.ts'
export {
  canCombine,
  combineParts,
  defaultChecksumType,
  multipartEtag,
  type PartDigest,
} from './checksum/combine.ts'
export { crc64nvme } from './checksum/crc64nvme.ts'
export { checksumBytes, createChecksum, type Digest } from './checksum/digest.ts'
export type {
  AttributesReply,
  BucketsReply,
  ClientCodec,
  ClientInput,
  ClientOutput,
  ClientReply,
  ClientRequest,
} from './client/client-codec.ts'
export { clientCodecs } from './client/client-codecs.ts'
export { type Codec, locationOf, type Reply, type WireRequest } from './codec/codec.ts'
export { codecs } from './codec/codecs.ts'
export { encodeError } from './codec/error.ts'
export {
  matchesIfRange,
  readConditions,
  readWriteConditions,
  requireConditions,
  requireCopyConditions,
  requireWriteConditions,
  type Validators,
} from './conditions.ts'
export { effectiveHeaders } from './effective-headers.ts'
export { type ErrorOrigin, S3Error, type S3ErrorOptions } from './errors/s3-error.ts'
export { type S3ErrorCode, type S3ErrorRow, s3Errors } from './errors/table.ts'
export { Headers, headerBytes, headerText, isSendableHeader } from './headers.ts'
export { httpDate, isoTime, parseHttpDate } from './http-date.ts'
export { limits } from './limits.ts'
export { type Match, matchOperation, matchResource, type Resource } from './match.ts'
export { isBucketName, requireBucketName, requireKey } from './names.ts'
export type * from './operations/acl.ts'
export { cannedAcls } from './operations/acl.ts'
export type * from './operations/body.ts'
export type * from './operations/buckets.ts'
export type * from './operations/common.ts'
export { checksumAlgorithms } from './operations/common.ts'
export type * from './operations/listing.ts'
export type * from './operations/multipart.ts'
export type * from './operations/objects.ts'
export { objectAttributes } from './operations/objects.ts'
export type { OperationName, Operations } from './operations/operations.ts'
export { archiveClasses, type StorageClass, storageClasses } from './operations/storage-class.ts'
export {
  type OperationTraits,
  operationTraits,
  type Scope,
  traitsOf,
  unservedSubresources,
} from './operations/table.ts'
export { authenticateForm } from './post/authenticate-form.ts'
export { FormReader, type FormStart, formBoundary } from './post/form-reader.ts'
export { encodeFormReply, formHeaders, formKey } from './post/form-request.ts'
export { type PostPolicy, parsePostPolicy, policySizeRange, requirePolicy } from './post/policy.ts'
export { parseCopyRange, parseRange, selectCopyRange, selectRange } from './range.ts'
export { authenticate } from './sigv4/authenticate.ts'
export type { AuthenticateOptions, Authentication, SignedRequest } from './sigv4/authentication.ts'
export { ChunkSigner } from './sigv4/chunk-signer.ts'
export * as payloadHashes from './sigv4/constants.ts'
export { HmacSha256, sha256Hex } from './sigv4/hmac.ts'
export type { PayloadMode } from './sigv4/payload.ts'
export { type CredentialScope, SigningKeyCache, signingKey } from './sigv4/scope.ts'
export {
  type Credentials,
  presign,
  type RequestToSign,
  type SignedHeaders,
  type SignOptions,
  signRequest,
} from './sigv4/sign.ts'
export {
  parseTarget,
  percentDecode,
  Query,
  type QueryParameter,
  type RequestTarget,
  uriEncode,
  uriEncodePath,
} from './target.ts'
export { child, childrenNamed, childText, parseXml, type XmlElement } from './xml/reader.ts'
export { escapeXml } from './xml/writer.ts'
