import { checksumHeader } from '../body/body-checks.ts'
import { contentHeaderEntries, metadataPrefix } from '../codec/read.ts'
import { unquoteEtag } from '../conditions.ts'
import { S3Error } from '../errors/s3-error.ts'
import type { Headers } from '../headers.ts'
import { parseHttpDate } from '../http-date.ts'
import {
  type Checksum,
  type ChecksumAlgorithm,
  type ChecksumType,
  type ContentHeaders,
  checksumAlgorithms,
  type Metadata,
  type Owner,
} from '../operations/common.ts'
import { child, childText, type XmlElement } from '../xml/reader.ts'

/** @throws S3Error when a reply lacks what every reply of its kind has */
export function required<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw new S3Error('InternalError', `It has no ${name}.`)
  return value
}

/** Text of an element that must be there. */
export function requiredText(element: XmlElement, name: string): string {
  return required(child(element, name)?.text, `<${name}>`)
}

/** Reads a whole number. */
export function countOf(text: string | undefined, name: string): number {
  if (text === undefined || !/^\d{1,15}$/.test(text)) throw new S3Error('InternalError', `${name} is not a number.`)
  return Number(text)
}

/** Reads a time of a document. @returns milliseconds since 1970 */
export function timeOf(text: string | undefined): number {
  const ms = text === undefined ? Number.NaN : Date.parse(text)
  if (Number.isNaN(ms)) throw new S3Error('InternalError', 'A time in it cannot be read.')
  return ms
}

/** Reads a time of a header. @returns milliseconds since 1970 */
export function headerTimeOf(headers: Headers, name: string): number {
  return required(parseHttpDate(headers.get(name)), `${name} header`)
}

/**
 * The ETag of a reply, without quotes. A weak one, as proxies that recode bodies make them, keeps its mark: it says
 * nothing about bytes (RFC 9110, section 8.8.1).
 */
export function etagHeader(headers: Headers): string {
  const etag = required(headers.get('etag'), 'ETag header')
  return etag.startsWith('W/') ? `W/${unquoteEtag(etag)}` : unquoteEtag(etag)
}

/** The ETag of an element, without quotes. */
export function etagOf(element: XmlElement): string {
  return unquoteEtag(requiredText(element, 'ETag'))
}

/** Whether an element says `true`. */
export function isTrue(element: XmlElement, name: string): boolean {
  return childText(element, name)?.toLowerCase() === 'true'
}

/** An owner; names are for people, and may be missing. */
export function ownerOf(element: XmlElement, name: string): Owner {
  const owner = required(child(element, name), `<${name}>`)
  return { id: childText(owner, 'ID') ?? '', displayName: childText(owner, 'DisplayName') ?? '' }
}

/** Version headers, of an object and of the source of a copy. */
export function versionOf(headers: Headers): { versionId?: string; sourceVersionId?: string } {
  const versionId = headers.get('x-amz-version-id')
  const sourceVersionId = headers.get('x-amz-copy-source-version-id')
  return { ...(versionId !== undefined && { versionId }), ...(sourceVersionId !== undefined && { sourceVersionId }) }
}

/** Content headers of a reply. */
export function contentOf(headers: Headers): ContentHeaders {
  const content: { -readonly [K in keyof ContentHeaders]: ContentHeaders[K] } = {}
  for (const [property, name] of contentHeaderEntries) {
    const value = headers.get(name)
    // This is what S3 says of an object that was written without any type.
    if (value && !(property === 'contentType' && value === 'binary/octet-stream')) content[property] = value
  }
  return content
}

/** User metadata of a reply, as it came. */
export function metadataOf(headers: Headers): Metadata {
  const entries: [string, string][] = []
  for (const [name, value] of headers.entries()) {
    if (name.startsWith(metadataPrefix)) entries.push([name.slice(metadataPrefix.length), value])
  }
  // Unlike an assignment, this makes a property of `__proto__` too.
  return Object.fromEntries(entries)
}

/** The checksum that a reply has among its headers. */
export function checksumOfHeaders(headers: Headers): Checksum | undefined {
  return checksumOf((algorithm) => headers.get(checksumHeader(algorithm)), headers.get('x-amz-checksum-type'))
}

/** The checksum that an element has among its children. */
export function checksumOfElement(element: XmlElement): Checksum | undefined {
  return checksumOf((algorithm) => childText(element, `Checksum${algorithm}`), childText(element, 'ChecksumType'))
}

/** Servers from before there were types name none: only a composite value has the number of parts behind it. */
function checksumOf(
  find: (algorithm: ChecksumAlgorithm) => string | undefined,
  type: string | undefined,
): Checksum | undefined {
  for (const algorithm of checksumAlgorithms) {
    const value = find(algorithm)
    if (!value) continue
    const isComposite = type === undefined ? value.includes('-') : type === 'COMPOSITE'
    return { algorithm, type: isComposite ? 'COMPOSITE' : 'FULL_OBJECT', value }
  }
  return undefined
}

/** The checksum of a part, which has no type. */
export function partChecksum(checksum: Checksum | undefined): { checksum?: Pick<Checksum, 'algorithm' | 'value'> } {
  return checksum === undefined ? {} : { checksum: { algorithm: checksum.algorithm, value: checksum.value } }
}

/**
 * What kind of checksum something has; undefined for none, or one that we do not know.
 * @param otherwise its type where none is named
 */
export function checksumKindOf(
  name: string | undefined,
  type: string | undefined,
  otherwise: (algorithm: ChecksumAlgorithm) => ChecksumType,
): Pick<Checksum, 'algorithm' | 'type'> | undefined {
  const algorithm = checksumAlgorithms.find((known) => known === name?.toUpperCase())
  if (algorithm === undefined) return undefined
  return { algorithm, type: type === 'FULL_OBJECT' || type === 'COMPOSITE' ? type : otherwise(algorithm) }
}
