import type { ListedObject, ListedVersion, ListObjectsInput } from '../operations/listing.ts'
import { childrenNamed, childText, type XmlElement } from '../xml/reader.ts'
import { defineCodec } from './define-codec.ts'
import { commonPrefixesOf, endOfPage, markerOf, type NameReader, nameOf, nameReader } from './page.ts'
import { checksumKindOf, countOf, etagOf, isTrue, required, requiredText, timeOf } from './read.ts'

function pageParameters({ prefix, delimiter, maxKeys }: Pick<ListObjectsInput, 'prefix' | 'delimiter' | 'maxKeys'>) {
  // Without it, keys with control characters would make a document that is no XML.
  return { prefix: prefix || undefined, delimiter: delimiter || undefined, 'max-keys': maxKeys, 'encoding-type': 'url' }
}

function objectOf(element: XmlElement, read: NameReader): ListedObject {
  const etag = etagOf(element)
  const checksum = checksumKindOf(childText(element, 'ChecksumAlgorithm'), childText(element, 'ChecksumType'), () =>
    etag.includes('-') ? 'COMPOSITE' : 'FULL_OBJECT',
  )
  return {
    key: nameOf(element, 'Key', read),
    sizeBytes: countOf(childText(element, 'Size'), '<Size>'),
    etag,
    lastModifiedMs: timeOf(childText(element, 'LastModified')),
    storageClass: childText(element, 'StorageClass') || 'STANDARD',
    checksum,
  }
}

function objectsPage(root: XmlElement) {
  const read = nameReader(root)
  const objects = childrenNamed(root, 'Contents').map((element) => objectOf(element, read))
  const commonPrefixes = commonPrefixesOf(root, read)
  const isTruncated = isTrue(root, 'IsTruncated')
  const end = endOfPage(objects, commonPrefixes)?.name ?? markerOf(root, 'NextMarker', read)
  return { objects, commonPrefixes, isTruncated, end }
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjects.html */
export const listObjects = defineCodec('listObjects', {
  root: 'ListBucketResult',
  encode: (input) => ({ parameters: { ...pageParameters(input), marker: input.startAfter || undefined } }),
  decode({ root }) {
    const { objects, commonPrefixes, isTruncated, end } = objectsPage(root)
    return {
      objects,
      commonPrefixes,
      ...(isTruncated && { nextStartAfter: required(end, 'name to go on after, though it says that there are more') }),
    }
  },
})

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html */
export const listObjectsV2 = defineCodec('listObjectsV2', {
  root: 'ListBucketResult',
  encode: (input) => ({
    parameters: {
      ...pageParameters(input),
      'start-after': input.startAfter || undefined,
      'continuation-token': input.continuationToken,
    },
  }),
  decode({ root }) {
    const { objects, commonPrefixes, isTruncated, end } = objectsPage(root)
    if (!isTruncated) return { objects, commonPrefixes }
    return {
      objects,
      commonPrefixes,
      ...(end !== undefined && { nextStartAfter: end }),
      continuationToken: requiredText(root, 'NextContinuationToken'),
    }
  },
})

function versionOf(element: XmlElement, read: NameReader): ListedVersion {
  const isDeleteMarker = element.name === 'DeleteMarker'
  const object = isDeleteMarker
    ? {
        key: nameOf(element, 'Key', read),
        sizeBytes: 0,
        etag: '',
        lastModifiedMs: timeOf(childText(element, 'LastModified')),
        storageClass: 'STANDARD',
      }
    : objectOf(element, read)
  return {
    ...object,
    versionId: requiredText(element, 'VersionId'),
    isLatest: isTrue(element, 'IsLatest'),
    isDeleteMarker,
  }
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html */
export const listObjectVersions = defineCodec('listObjectVersions', {
  root: 'ListVersionsResult',
  encode: (input) => ({
    parameters: {
      ...pageParameters(input),
      'key-marker': input.keyMarker || undefined,
      'version-id-marker': input.versionIdMarker,
    },
  }),
  decode({ root }) {
    const read = nameReader(root)
    const versions = root.children
      .filter(({ name }) => name === 'Version' || name === 'DeleteMarker')
      .map((element) => versionOf(element, read))
    const commonPrefixes = commonPrefixesOf(root, read)
    if (!isTrue(root, 'IsTruncated')) return { versions, commonPrefixes }
    const end = endOfPage(versions, commonPrefixes)
    const keyMarker = required(end?.name ?? markerOf(root, 'NextKeyMarker', read), 'key to go on after')
    const versionIdMarker = end === undefined ? childText(root, 'NextVersionIdMarker') : end.item?.versionId
    return { versions, commonPrefixes, next: { keyMarker, ...(versionIdMarker && { versionIdMarker }) } }
  },
})
