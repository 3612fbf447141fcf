import type { ContentHeaders, Metadata, Tag } from '@headrace/s3'
import type { ByteReader, ByteWriter } from '../../../core/bytes.ts'

/** Content headers by their number on drives. Numbers are never used again for something else. */
const contentHeaders = [
  'contentType',
  'contentEncoding',
  'contentDisposition',
  'contentLanguage',
  'cacheControl',
  'expires',
  'websiteRedirectLocation',
] as const satisfies readonly (keyof ContentHeaders)[]

/** What a client says of an object beside its bytes. */
export interface Described {
  readonly content: ContentHeaders
  readonly metadata: Metadata
  readonly tags: readonly Tag[]
}

export function writeDescribed(writer: ByteWriter, { content, metadata, tags }: Described): void {
  const present = contentHeaders.flatMap((name, number) => (content[name] === undefined ? [] : [number]))
  writer.varint(present.length)
  for (const number of present) writer.u8(number).text(content[contentHeaders[number] as keyof ContentHeaders] ?? '')
  const entries = Object.entries(metadata)
  writer.varint(entries.length)
  for (const [name, value] of entries) writer.text(name).text(value)
  writer.varint(tags.length)
  for (const { key, value } of tags) writer.text(key).text(value)
}

export function readDescribed(reader: ByteReader): Described {
  const content: { -readonly [K in keyof ContentHeaders]: ContentHeaders[K] } = {}
  for (let count = reader.varint(); count > 0; count -= 1) {
    const name = contentHeaders[reader.u8()]
    const value = reader.text()
    if (name !== undefined) content[name] = value
  }
  const metadata: [string, string][] = []
  for (let count = reader.varint(); count > 0; count -= 1) metadata.push([reader.text(), reader.text()])
  const tags: Tag[] = []
  for (let count = reader.varint(); count > 0; count -= 1) tags.push({ key: reader.text(), value: reader.text() })
  // Unlike an assignment, this makes a property of `__proto__` too.
  return { content, metadata: Object.fromEntries(metadata), tags }
}
