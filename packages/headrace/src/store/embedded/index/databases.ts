import { FormatError } from '../../../core/bytes.ts'

/**
 * The databases of the index. Their places in this list are their numbers in the journal: new ones go to the end, and
 * none is taken away.
 */
export const databases = [
  /** Text → number: see `metaKeys`. */
  'meta',
  /** Bucket name → bucket row. */
  'buckets',
  /** bucketId · key · 0x00 · ~commitSeq → entry: newest version first. */
  'objects',
  /** id → details of an entry that is too large to hold them. */
  'details',
  /** dataId → data row. */
  'data',
  /** dataId → the bytes themselves, when they are few. */
  'bodies',
  /** bucketId · key · 0x00 · uploadId → upload row. */
  'uploads',
  /** uploadId · part number → part row. */
  'parts',
  /** uploadId → completed row. */
  'completed',
  /** commitSeq · dataId → data row of a data that nothing uses any more and that somebody may still be reading. */
  'trash',
  /** device · session · number → segment row. */
  'segments',
  /** bucketId → usage. */
  'usage',
  /** session → session row. */
  'sessions',
  /** dataId → suspects: rows that lack chunks, or have some that could not be read. */
  'degraded',
] as const

export type DatabaseName = (typeof databases)[number]

const numbers = new Map<DatabaseName, number>(databases.map((name, number) => [name, number]))

export function databaseNumber(name: DatabaseName): number {
  return numbers.get(name) as number
}

/** @throws FormatError for a number that this program does not know */
export function databaseOfNumber(number: number): DatabaseName {
  const name = databases[number]
  if (name === undefined)
    throw new FormatError(`the journal names database ${number}, which this program does not know`)
  return name
}
