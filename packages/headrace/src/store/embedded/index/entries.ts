import { FormatError } from '../../../core/bytes.ts'
import { decodeNumber } from '../format/counters.ts'
import { type Details, decodeDetails } from '../format/details.ts'
import { decodeEntry, type Entry } from '../format/entry.ts'
import type { IndexReader } from './index.ts'
import { behindVersions, metaKeys, versionsKey } from './keys.ts'

/** An entry, and the key under which the index has it. */
export interface FoundEntry {
  readonly indexKey: Buffer
  readonly entry: Entry
}

/** The last commitSeq that an index has; 0 for an empty one. */
export function newestSeq(index: IndexReader): number {
  const bytes = index.get('meta', metaKeys.commitSeq)
  return bytes === undefined ? 0 : decodeNumber(bytes)
}

/** The newest entry of a key. */
export function findEntry(index: IndexReader, bucketId: number, key: string): FoundEntry | undefined {
  const from = versionsKey(bucketId, key)
  for (const { key: indexKey, value } of index.scan('objects', { from, to: behindVersions(from), limit: 1 })) {
    return { indexKey, entry: decodeEntry(value) }
  }
  return undefined
}

/** The details of an entry, wherever they are kept. */
export function detailsOf(index: IndexReader, { details }: Entry): Details {
  if ('inline' in details) return decodeDetails(details.inline)
  const bytes = index.get('details', details.id)
  if (bytes === undefined) throw new FormatError('the details of an entry are missing')
  return decodeDetails(bytes)
}
