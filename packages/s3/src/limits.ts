/**
 * Limits of the S3 protocol, in one place. Those of AWS are listed at
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html and .../UsingMetadata.html
 */
export const limits = {
  /** Longest key, in UTF-8 bytes. */
  keyBytesMax: 1024,
  /** Largest object written in one request: 5 GiB. */
  putBytesMax: 5 * 1024 ** 3,
  /** Largest object: 50 TB since December 2025, before that 5 TB. */
  objectBytesMax: 50 * 1000 ** 4,
  partNumberMax: 10_000,
  /** Smallest part but the last: 5 MiB. */
  partBytesMin: 5 * 1024 ** 2,
  /** Entries of one page of a listing. */
  pageKeysMax: 1000,
  /** Objects of one DeleteObjects. */
  deleteKeysMax: 1000,
  /** User metadata: sum of names and values in UTF-8 bytes. */
  metadataBytesMax: 2048,
  tagsMax: 10,
  tagKeyCharactersMax: 128,
  tagValueCharactersMax: 256,
  /** XML documents: 1,000 keys of 1,024 bytes, each percent of them escaped, and 10,000 parts with checksums, fit. */
  documentBytesMax: 4 * 1024 ** 2,
  xmlDepthMax: 16,
  xmlElementsMax: 100_000,
  /** A line of aws-chunked framing: a size, a signature, room for extensions. */
  chunkLineBytesMax: 1024,
  /** Each text that an error shows: a canonical request can be as long as the head of a request. */
  errorTextCharactersMax: 4 * 1024,
  trailerBytesMax: 8 * 1024,
  /** Fields of a form before its file (AWS: 20 KB). */
  formFieldsBytesMax: 20 * 1024,
} as const
