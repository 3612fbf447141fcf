// Inputs and outputs of every operation, at random, as a client can send and a server can give them.
import fc from 'fast-check'
import {
  type ClientInput,
  cannedAcls,
  checksumAlgorithms,
  checksumBytes,
  defaultChecksumType,
  headerBytes,
  type OperationName,
  type Operations,
  objectAttributes,
} from '../../src/index.ts'

/** Every kind of character but halves of one, and those that paths, queries and documents give a meaning. */
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.stringMatching(/^[ +%/.~&=?#;:@,'"\\<>\]]{0,12}$/),
)
/** No document can hold NUL. */
const written = text.map((value) => value.replaceAll('\0', ''))
const key = written.filter((value) => value !== '')
const bucket = fc.stringMatching(/^[a-z0-9][a-z0-9-]{1,20}[a-z0-9]$/)
const etag = fc.oneof(fc.stringMatching(/^[0-9a-f]{32}$/), fc.stringMatching(/^[0-9a-f]{32}-[1-9]\d{0,3}$/))
const id = fc.stringMatching(/^[A-Za-z0-9._~-]{1,20}$/)
const ownerId = fc.stringMatching(/^[0-9a-f]{64}$/)
const displayName = fc.stringMatching(/^[a-zA-Z0-9@._-]{0,12}$/)
const owner = fc.record({ id: ownerId, displayName })
const wholeSeconds = fc.integer({ min: 0, max: 4e9 }).map((seconds) => seconds * 1000)
const milliseconds = fc.integer({ min: 0, max: 4e12 })
const bytes = fc.oneof(fc.nat(1000), fc.nat({ max: 5 * 1000 ** 4 }))
const acl = fc.constantFrom(...cannedAcls)
const storageClass = fc.constantFrom('STANDARD', 'STANDARD_IA', 'GLACIER_IR')
const algorithm = fc.constantFrom(...checksumAlgorithms)
const partNumber = fc.integer({ min: 1, max: 10_000 })

/** Bytes that a header can carry, without the blanks around them that nobody keeps. */
const headerValue = fc.string({ unit: 'binary', maxLength: 20 }).map((value) =>
  headerBytes(value)
    .replace(/[\x00-\x08\x0a-\x1f\x7f]/g, '')
    .replace(/^[ \t]+|[ \t]+$/g, ''),
)
const content = fc
  .record(
    {
      contentType: fc.constant('text/plain; charset=utf-8'),
      contentEncoding: fc.constant('gzip'),
      contentDisposition: headerValue,
      contentLanguage: fc.constant('de'),
      cacheControl: fc.constant('no-store'),
      expires: fc.constant('Thu, 01 Jan 1970 00:00:00 GMT'),
      websiteRedirectLocation: fc.constant('/elsewhere'),
    },
    { requiredKeys: [] },
  )
  .map(({ contentDisposition, ...rest }) => (contentDisposition ? { ...rest, contentDisposition } : rest))
const metadata = fc
  .array(fc.tuple(fc.oneof(fc.stringMatching(/^[a-z0-9_.-]{1,10}$/), fc.constant('__proto__')), headerValue), {
    maxLength: 4,
  })
  .map((entries) => Object.fromEntries(entries))
const tags = fc.uniqueArray(fc.record({ key: fc.stringMatching(/^[a-zA-Z0-9 +&=%/ü]{1,12}$/), value: written }), {
  selector: (tag) => tag.key,
  maxLength: 4,
})

const checksumOf = (bytesCount: number) => fc.uint8Array({ minLength: bytesCount, maxLength: bytesCount })
const partSum = algorithm.chain((name) =>
  checksumOf(checksumBytes(name)).map((sum) => ({ algorithm: name, value: Buffer.from(sum).toString('base64') })),
)
const checksum = fc
  .tuple(partSum, partNumber, fc.boolean())
  .map(([sum, parts, isComposite]) =>
    isComposite
      ? { ...sum, type: 'COMPOSITE' as const, value: `${sum.value}-${parts}` }
      : { ...sum, type: 'FULL_OBJECT' as const },
  )
const uploadChecksum = algorithm.map((name) => ({ algorithm: name, type: defaultChecksumType(name) }))

const etags = fc.oneof(fc.constant<'*'>('*'), fc.array(etag, { minLength: 1, maxLength: 3 }))
const conditions = optional({
  ifMatch: etags,
  ifNoneMatch: etags,
  ifModifiedSinceMs: wholeSeconds,
  ifUnmodifiedSinceMs: wholeSeconds,
}).filter((value) => Object.keys(value).length > 0)
const writeConditions = optional({ ifMatch: etags, ifNoneMatch: etags }).filter(
  (value) => Object.keys(value).length > 0,
)

/** A record, each of whose fields may be missing. */
function optional<T extends object>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<Partial<T>> {
  return fc.record(fields, { requiredKeys: [] }) as unknown as fc.Arbitrary<Partial<T>>
}

function withOptional<A extends object, B extends object>(
  needed: { [K in keyof A]: fc.Arbitrary<A[K]> },
  may: { [K in keyof B]: fc.Arbitrary<B[K]> },
): fc.Arbitrary<A & Partial<B>> {
  return fc
    .tuple(fc.record(needed), optional(may))
    .map(([first, second]) => ({ ...first, ...second })) as unknown as fc.Arbitrary<A & Partial<B>>
}

const anywhere = { expectedBucketOwner: ownerId }
const inBucket = withOptional({ bucket }, anywhere)
const inObject = withOptional({ bucket, key }, { ...anywhere, versionId: id })
const inUpload = { bucket, key, uploadId: id }
const page = { bucket, prefix: text, delimiter: fc.constantFrom('', '/', ', '), maxKeys: fc.nat(1000) }
const described = { content, metadata, tags }
const range = fc.oneof(
  fc.record({ first: fc.nat(1e9) }),
  fc.tuple(fc.nat(1e9), fc.nat(1e9)).map(([first, more]) => ({ first, last: first + more })),
  fc.record({ suffixBytes: fc.nat(1e9) }),
)
const copyRange = fc.tuple(fc.nat(1e9), fc.nat(1e9)).map(([first, more]) => ({ first, last: first + more }))
const ifRange = fc.oneof(fc.record({ etag }), fc.record({ lastModifiedMs: wholeSeconds }), fc.constant({}))
const read = fc.oneof(
  withOptional({ bucket, key }, { ...anywhere, versionId: id, range, ifRange, conditions }),
  withOptional({ bucket, key, partNumber }, { versionId: id, conditions }),
)
const source = withOptional(
  { bucket: bucket.map((name) => `${name}0`), key },
  { versionId: id, conditions, expectedBucketOwner: ownerId },
)

/** What clients say. */
export const inputs: { readonly [N in OperationName]: fc.Arbitrary<ClientInput<N>> } = {
  listBuckets: optional({ prefix: key, maxBuckets: fc.integer({ min: 1, max: 10_000 }) }),
  createBucket: withOptional({ bucket, location: fc.constantFrom('', 'eu-central-1') }, { acl }),
  headBucket: inBucket,
  deleteBucket: inBucket,
  getBucketLocation: inBucket,
  getBucketAcl: inBucket,
  putBucketAcl: withOptional({ bucket, acl, ownerIds: fc.array(ownerId, { maxLength: 2 }) }, anywhere),
  getObjectAcl: inObject,
  putObjectAcl: withOptional(
    { bucket, key, acl, ownerIds: fc.array(ownerId, { maxLength: 2 }) },
    { ...anywhere, versionId: id },
  ),
  listObjects: withOptional({ ...page, startAfter: text }, anywhere),
  listObjectsV2: withOptional({ ...page, startAfter: text }, anywhere),
  listObjectVersions: fc.oneof(
    fc.record({ ...page, keyMarker: text }),
    fc.record({ ...page, keyMarker: key, versionIdMarker: id }),
  ),
  getObject: read,
  headObject: read,
  getObjectAttributes: withOptional(
    {
      bucket,
      key,
      attributes: fc.uniqueArray(fc.constantFrom(...objectAttributes), { minLength: 1 }),
      maxParts: fc.nat(1000),
      partNumberMarker: fc.nat(10_000),
    },
    { versionId: id, conditions },
  ),
  putObject: withOptional(
    { bucket, key, ...described },
    { storageClass, acl, conditions: writeConditions, ...anywhere },
  ),
  copyObject: withOptional(
    { bucket, key, source },
    {
      replace: fc.record({ content, metadata }),
      tags,
      checksumAlgorithm: algorithm,
      storageClass,
      acl,
      conditions: writeConditions,
    },
  ),
  deleteObject: withOptional({ bucket, key }, { versionId: id, ifMatch: etags, ...anywhere }),
  deleteObjects: withOptional(
    {
      bucket,
      quiet: fc.boolean(),
      objects: fc.array(withOptional({ key }, { versionId: id, etag }), { minLength: 1, maxLength: 5 }),
    },
    anywhere,
  ),
  getObjectTagging: inObject,
  putObjectTagging: withOptional({ bucket, key, tags }, { versionId: id }),
  deleteObjectTagging: inObject,
  createMultipartUpload: withOptional({ bucket, key, ...described }, { storageClass, acl, checksum: uploadChecksum }),
  uploadPart: fc.record({ ...inUpload, partNumber }),
  uploadPartCopy: withOptional({ ...inUpload, partNumber, source }, { range: copyRange }),
  completeMultipartUpload: withOptional(
    {
      ...inUpload,
      parts: fc.array(withOptional({ partNumber, etag }, { checksum: partSum }), { minLength: 1, maxLength: 4 }),
    },
    {
      conditions: writeConditions,
      expected: optional({ checksum: partSum, checksumType: fc.constant('COMPOSITE' as const), sizeBytes: bytes }),
    },
  ),
  abortMultipartUpload: fc.record(inUpload),
  listParts: fc.record({ ...inUpload, maxParts: fc.nat(1000), partNumberMarker: fc.nat(10_000) }),
  listMultipartUploads: fc.oneof(
    fc.record({ bucket, prefix: text, delimiter: text, keyMarker: text, maxUploads: fc.nat(1000) }),
    fc.record({ bucket, prefix: text, delimiter: text, keyMarker: key, uploadIdMarker: id, maxUploads: fc.nat(1000) }),
  ),
}

const inByteOrder = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b))
const listed = withOptional(
  { key, sizeBytes: bytes, etag, lastModifiedMs: milliseconds, storageClass },
  { checksum: checksum.map(({ algorithm: name, type }) => ({ algorithm: name, type })) },
)

/** Items in the order of their names, and common prefixes, as pages have them. */
function pageOf<T extends { key: string }>(item: fc.Arbitrary<T>) {
  return fc
    .tuple(fc.array(item, { maxLength: 4 }), fc.array(key, { maxLength: 3 }), fc.boolean())
    .map(([items, prefixes, wantsMore]) => {
      const sorted = [...items].sort((a, b) => inByteOrder(a.key, b.key))
      const commonPrefixes = [...prefixes].sort(inByteOrder)
      const last = [...sorted.map((each) => each.key), ...commonPrefixes].sort(inByteOrder).at(-1)
      const isItem = last !== undefined && sorted.at(-1)?.key === last
      return {
        items: sorted,
        commonPrefixes,
        last: wantsMore ? last : undefined,
        lastItem: isItem ? sorted.at(-1) : undefined,
      }
    })
}

const listing = fc.tuple(owner, pageOf(listed)).map(([who, { items, commonPrefixes, last }]) => ({
  owner: who,
  objects: items,
  commonPrefixes,
  ...(last !== undefined && { nextStartAfter: last }),
}))
const info = withOptional(
  {
    sizeBytes: bytes,
    etag,
    lastModifiedMs: wholeSeconds,
    content,
    metadata,
    storageClass,
    tagCount: fc.nat(10),
  },
  { versionId: id, checksum },
).map((object) => {
  const [, count] = object.etag.split('-')
  return count === undefined ? object : { ...object, partsCount: Number(count) }
})
const found = fc.tuple(info, fc.boolean(), fc.nat(), fc.nat()).map(([object, isRange, at, length]) => {
  if (!isRange || object.sizeBytes === 0) return { info: object }
  const first = at % object.sizeBytes
  const selection = { first, last: Math.min(object.sizeBytes - 1, first + length) }
  // The checksum of the whole says nothing of a range.
  const { checksum: _, ...rest } = object
  return { info: rest, selection }
})
const reader = found.map((object) => ({ ...object, readInto: async () => {}, close: async () => {} }))
const versionOnly = optional({ versionId: id })

/** What servers give. */
export const outputs: { readonly [N in OperationName]: fc.Arbitrary<Operations[N]['output']> } = {
  listBuckets: fc.record({
    owner,
    buckets: fc.array(
      fc.record({
        name: bucket,
        createdMs: milliseconds,
        owner,
        location: fc.constant(''),
        acl: fc.constant('private'),
      }),
      { maxLength: 3 },
    ),
  }),
  createBucket: fc.constant(undefined),
  headBucket: fc
    .record({ name: bucket, createdMs: milliseconds, owner, location: fc.constantFrom('eu-1', 'x'), acl })
    .map((found) => ({ bucket: found })),
  deleteBucket: fc.constant(undefined),
  getBucketLocation: fc.record({ location: fc.constantFrom('', 'eu-central-1') }),
  getBucketAcl: fc.record({ owner, acl }),
  putBucketAcl: fc.constant(undefined),
  getObjectAcl: fc.record({ owner, acl }),
  putObjectAcl: fc.constant(undefined),
  listObjects: listing,
  listObjectsV2: listing,
  listObjectVersions: fc
    .tuple(
      owner,
      pageOf(
        fc.tuple(listed, id, fc.boolean(), fc.boolean()).map(([object, versionId, isLatest, isDeleteMarker]) => {
          const { checksum: _, ...plain } = object
          const version = isDeleteMarker ? { ...plain, sizeBytes: 0, etag: '', storageClass: 'STANDARD' } : object
          return { ...version, versionId, isLatest, isDeleteMarker }
        }),
      ),
    )
    .map(([who, { items, commonPrefixes, last, lastItem }]) => ({
      owner: who,
      versions: items,
      commonPrefixes,
      ...(last !== undefined && {
        next: { keyMarker: last, ...(lastItem && { versionIdMarker: lastItem.versionId }) },
      }),
    })),
  getObject: reader,
  headObject: found,
  getObjectAttributes: fc
    .tuple(
      info,
      optional({
        parts: fc.record({
          totalCount: partNumber,
          page: fc.array(withOptional({ partNumber, sizeBytes: bytes }, { checksum: partSum }), { maxLength: 3 }),
          isTruncated: fc.boolean(),
        }),
      }),
    )
    .map(([object, { parts }]) => ({ info: object, ...(parts && { parts }) })),
  putObject: withOptional({ etag, sizeBytes: bytes }, { versionId: id, checksum }),
  copyObject: withOptional({ etag, lastModifiedMs: milliseconds }, { versionId: id, sourceVersionId: id, checksum }),
  deleteObject: optional({ versionId: id, deleteMarker: fc.constant(true) }),
  deleteObjects: fc.record({
    deleted: fc.array(withOptional({ key }, { versionId: id }), { maxLength: 3 }),
    errors: fc.array(
      withOptional({ key, code: fc.constant('AccessDenied'), message: fc.constant('No & no.') }, { versionId: id }),
      { maxLength: 3 },
    ),
  }),
  getObjectTagging: withOptional({ tags }, { versionId: id }),
  putObjectTagging: versionOnly,
  deleteObjectTagging: versionOnly,
  createMultipartUpload: withOptional({ uploadId: id }, { checksum: uploadChecksum }),
  uploadPart: withOptional({ etag }, { checksum: partSum }),
  uploadPartCopy: withOptional({ etag, lastModifiedMs: milliseconds }, { sourceVersionId: id, checksum: partSum }),
  completeMultipartUpload: withOptional({ etag }, { versionId: id, checksum }),
  abortMultipartUpload: fc.constant(undefined),
  listParts: withOptional(
    {
      owner,
      storageClass,
      parts: fc.array(
        withOptional({ partNumber, sizeBytes: bytes, etag, lastModifiedMs: milliseconds }, { checksum: partSum }),
        { maxLength: 3 },
      ),
      isTruncated: fc.boolean(),
    },
    { checksum: uploadChecksum },
  ),
  listMultipartUploads: fc
    .tuple(
      owner,
      pageOf(
        withOptional({ key, uploadId: id, initiatedMs: milliseconds, storageClass }, { checksum: uploadChecksum }),
      ),
    )
    .map(([who, { items, commonPrefixes, last, lastItem }]) => ({
      owner: who,
      uploads: items,
      commonPrefixes,
      ...(last !== undefined && { next: { keyMarker: last, ...(lastItem && { uploadIdMarker: lastItem.uploadId }) } }),
    })),
}
