import { percentDecode } from '../target.ts'
import { child, childrenNamed, childText, type XmlElement } from '../xml/reader.ts'
import { requiredText } from './read.ts'

/** Reads names of one listing: some servers take no notice of `encoding-type`, and then do not say that they did. */
export type NameReader = (text: string) => string

/**
 * How names are written in a listing. AWS encodes blanks as plus signs, others as `%20`; a plus sign itself is encoded by
 * all of them (docs/decisions/0006-url-encoded-listings.md).
 */
export function nameReader(root: XmlElement): NameReader {
  if (childText(root, 'EncodingType') !== 'url') return (text) => text
  return (text) => percentDecode(text.replaceAll('+', ' '))
}

/** A name of an element; blanks are part of it. */
export function nameOf(element: XmlElement, name: string, read: NameReader): string {
  return read(requiredText(element, name))
}

/** The common prefixes of a listing. */
export function commonPrefixesOf(root: XmlElement, read: NameReader): string[] {
  return childrenNamed(root, 'CommonPrefixes').flatMap((element) =>
    childrenNamed(element, 'Prefix').map(({ text }) => read(text)),
  )
}

/** A marker that a page names; undefined when it is missing or empty. */
export function markerOf(root: XmlElement, name: string, read: NameReader): string | undefined {
  const text = child(root, name)?.text
  return text ? read(text) : undefined
}

/**
 * What a page ends with: the last of its items or of its common prefixes, by their UTF-8 bytes. Servers do not agree on
 * when they name it, and whether encoded.
 */
export function endOfPage<T extends { readonly key: string }>(
  items: readonly T[],
  commonPrefixes: readonly string[],
): { readonly name: string; readonly item?: T } | undefined {
  const item = items.at(-1)
  const prefix = commonPrefixes.at(-1)
  if (item === undefined) return prefix === undefined ? undefined : { name: prefix }
  if (prefix !== undefined && Buffer.compare(Buffer.from(prefix), Buffer.from(item.key)) > 0) return { name: prefix }
  return { name: item.key, item }
}
