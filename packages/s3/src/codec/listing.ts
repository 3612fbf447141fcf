import { S3Error } from '../errors/s3-error.ts'
import { isoTime } from '../http-date.ts'
import type { ListedObject, ListObjectsOutput } from '../operations/listing.ts'
import { tag, xmlDocument } from '../xml/writer.ts'
import { type Codec, documentReply } from './codec.ts'
import { decodeToken, encodeToken } from './continuation-token.ts'
import { commonPrefixTags, echo, encodingTag, nameWriter, readPage } from './page.ts'
import { etagTag, ownerTag } from './write.ts'

function objectTags(
  { key, lastModifiedMs, etag, sizeBytes, storageClass, checksum }: ListedObject,
  write: (name: string) => string,
): string {
  const sums =
    checksum === undefined ? '' : `${tag('ChecksumAlgorithm', checksum.algorithm)}${tag('ChecksumType', checksum.type)}`
  return `<Key>${write(key)}</Key><LastModified>${isoTime(lastModifiedMs)}</LastModified>${etagTag(etag)}${sums}<Size>${sizeBytes}</Size>${tag('StorageClass', storageClass)}`
}

function contents({ objects, owner }: ListObjectsOutput, write: (name: string) => string, showOwner: boolean): string {
  const ownerText = showOwner ? ownerTag('Owner', owner) : ''
  let text = ''
  for (const object of objects) text += `<Contents>${objectTags(object, write)}${ownerText}</Contents>`
  return text
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjects.html */
export const listObjects: Codec<'listObjects'> = {
  decode(request) {
    return { ...readPage(request), startAfter: request.query.get('marker') ?? '' }
  },
  encode(output, request) {
    const { bucket, query } = request
    const { maxKeys, delimiter } = readPage(request)
    const write = nameWriter(request)
    const { nextStartAfter } = output
    // Not encoded in this version of the listing: SDKs decode every other name in it, and not this one.
    let content = tag('Name', bucket) + tag('Prefix', query.get('prefix') ?? '')
    content += echo('Marker', query.get('marker') ?? '', write)
    content += tag('MaxKeys', maxKeys) + echo('Delimiter', delimiter || undefined, write) + encodingTag(request)
    content += tag('IsTruncated', nextStartAfter !== undefined)
    // AWS gives NextMarker with a delimiter only: without, the last key is the marker of the next page.
    if (delimiter !== '') content += echo('NextMarker', nextStartAfter, write)
    content += contents(output, write, true) + commonPrefixTags(output.commonPrefixes, write)
    return documentReply(xmlDocument('ListBucketResult', content))
  },
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html */
export const listObjectsV2: Codec<'listObjectsV2'> = {
  decode(request) {
    const { query } = request
    // An empty token is none: Ceph's tests begin a listing with it.
    const token = query.get('continuation-token') || undefined
    return {
      ...readPage(request),
      startAfter: token === undefined ? (query.get('start-after') ?? '') : decodeToken(token),
    }
  },
  encode(output, request) {
    const { bucket, query } = request
    const { maxKeys, delimiter } = readPage(request)
    const write = nameWriter(request)
    const { objects, commonPrefixes, nextStartAfter } = output
    let content = tag('Name', bucket) + echo('Prefix', query.get('prefix') ?? '', write)
    content += tag('ContinuationToken', query.get('continuation-token'))
    content += tag('NextContinuationToken', nextStartAfter === undefined ? undefined : encodeToken(nextStartAfter))
    content += echo('StartAfter', query.get('start-after'), write)
    content += tag('KeyCount', objects.length + commonPrefixes.length) + tag('MaxKeys', maxKeys)
    content += echo('Delimiter', delimiter || undefined, write) + encodingTag(request)
    content += tag('IsTruncated', nextStartAfter !== undefined)
    content += contents(output, write, query.get('fetch-owner')?.toLowerCase() === 'true')
    content += commonPrefixTags(commonPrefixes, write)
    return documentReply(xmlDocument('ListBucketResult', content))
  },
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html */
export const listObjectVersions: Codec<'listObjectVersions'> = {
  decode(request) {
    const { query } = request
    const keyMarker = query.get('key-marker') ?? ''
    const versionIdMarker = query.get('version-id-marker')
    if (versionIdMarker !== undefined && keyMarker === '') {
      throw new S3Error('InvalidArgument', {
        message: 'A version-id marker cannot be specified without a key marker.',
        details: { ArgumentName: 'version-id-marker', ArgumentValue: versionIdMarker.slice(0, 256) },
      })
    }
    return { ...readPage(request), keyMarker, versionIdMarker: versionIdMarker || undefined }
  },
  encode({ owner, versions, commonPrefixes, next }, request) {
    const { bucket, query } = request
    const { maxKeys, delimiter } = readPage(request)
    const write = nameWriter(request)
    let content = tag('Name', bucket) + echo('Prefix', query.get('prefix') ?? '', write)
    content +=
      echo('KeyMarker', query.get('key-marker') ?? '', write) +
      tag('VersionIdMarker', query.get('version-id-marker') ?? '')
    content += echo('NextKeyMarker', next?.keyMarker, write) + tag('NextVersionIdMarker', next?.versionIdMarker)
    content += tag('MaxKeys', maxKeys) + echo('Delimiter', delimiter || undefined, write) + encodingTag(request)
    content += tag('IsTruncated', next !== undefined)
    const ownerText = ownerTag('Owner', owner)
    for (const version of versions) {
      const { key, versionId, isLatest, isDeleteMarker, lastModifiedMs } = version
      const id = tag('VersionId', versionId) + tag('IsLatest', isLatest)
      content += isDeleteMarker
        ? `<DeleteMarker><Key>${write(key)}</Key>${id}${tag('LastModified', isoTime(lastModifiedMs))}${ownerText}</DeleteMarker>`
        : `<Version>${objectTags(version, write)}${id}${ownerText}</Version>`
    }
    content += commonPrefixTags(commonPrefixes, write)
    return documentReply(xmlDocument('ListVersionsResult', content))
  },
}
