import { checksumHeader } from '../body/body-checks.ts'
import { httpDate } from '../http-date.ts'
import type { Checksum, Owner } from '../operations/common.ts'
import type { ObjectInfo, Selection } from '../operations/objects.ts'
import { escapeXml, tag } from '../xml/writer.ts'
import { contentHeaderEntries, metadataPrefix } from './read.ts'

/** An ETag as header. */
export function quoteEtag(etag: string): string {
  return `"${etag}"`
}

/** An ETag as element of a document: its quotes are escaped, as AWS does. */
export function etagTag(etag: string): string {
  return `<ETag>&quot;${escapeXml(etag)}&quot;</ETag>`
}

/** `<Owner><ID>…</ID><DisplayName>…</DisplayName></Owner>` */
export function ownerTag(name: string, owner: Owner): string {
  return `<${name}>${tag('ID', owner.id)}${tag('DisplayName', owner.displayName)}</${name}>`
}

/** The headers that tell of a checksum; none without one. */
export function checksumHeaders(checksum: Checksum | undefined): string[] {
  if (checksum === undefined) return []
  return [checksumHeader(checksum.algorithm), checksum.value, 'x-amz-checksum-type', checksum.type]
}

/** `<ChecksumCRC32>…</ChecksumCRC32>` */
export function checksumTag(checksum: Pick<Checksum, 'algorithm' | 'value'> | undefined): string {
  return checksum === undefined ? '' : tag(`Checksum${checksum.algorithm}`, checksum.value)
}

/** The header that tells of a version; none without one. */
export function versionHeaders(versionId: string | undefined): string[] {
  return versionId === undefined ? [] : ['x-amz-version-id', versionId]
}

/** The headers that GET and HEAD of an object have in common. */
export function objectHeaders(
  info: ObjectInfo,
  selection: Selection | undefined,
  showChecksum: boolean,
  isPart = false,
): string[] {
  const sizeBytes = selection === undefined ? info.sizeBytes : selection.last - selection.first + 1
  const headers = [
    'etag',
    quoteEtag(info.etag),
    'last-modified',
    httpDate(info.lastModifiedMs),
    'accept-ranges',
    'bytes',
    'content-length',
    String(sizeBytes),
  ]
  if (selection !== undefined) {
    headers.push('content-range', `bytes ${selection.first}-${selection.last}/${info.sizeBytes}`)
  }
  if (info.content.contentType === undefined) headers.push('content-type', 'binary/octet-stream')
  for (const [property, name] of contentHeaderEntries) {
    const value = info.content[property]
    if (value !== undefined) headers.push(name, value)
  }
  for (const name in info.metadata) headers.push(metadataPrefix + name, info.metadata[name] as string)
  if (info.versionId !== undefined) headers.push('x-amz-version-id', info.versionId)
  if (info.storageClass !== 'STANDARD') headers.push('x-amz-storage-class', info.storageClass)
  if (info.tagCount > 0) headers.push('x-amz-tagging-count', String(info.tagCount))
  // That of a range is not known; of a part, the store has put the part's own in its place.
  const isKnown = isPart || selection === undefined || sizeBytes === info.sizeBytes
  if (showChecksum && isKnown) headers.push(...checksumHeaders(info.checksum))
  return headers
}
