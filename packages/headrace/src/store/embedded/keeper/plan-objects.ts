import { requireWriteConditions, S3Error } from '@headrace/s3'
import { encodeDetails } from '../format/details.ts'
import { decodeEntry, type Entry, encodeEntry, entryBytesMax, etagOf, stampEntry } from '../format/entry.ts'
import { detailsOf, type FoundEntry, findEntry } from '../index/entries.ts'
import { entryKey } from '../index/keys.ts'
import type { Mutations } from './mutation.ts'
import { type Plan, StaleReferenceError } from './plan.ts'

function claimKey(plan: Plan, bucketId: number, key: string): void {
  plan.context.claim(`key ${bucketId} ${key}`)
}

/** What write conditions are held against. */
export function etagOfFound(found: FoundEntry | undefined): { etag: string } | undefined {
  return found && { etag: etagOf(found.entry.md5, found.entry.partsCount) }
}

export function putEntry(plan: Plan, input: Mutations['putEntry']['input']): null {
  const { bucket, key, data, references, conditions, onto } = input
  plan.requireBucket(bucket)
  claimKey(plan, bucket.id, key)
  const existing = findEntry(plan.index, bucket.id, key)
  const entry = decodeEntry(input.entry)
  // The answer to an earlier sending was lost: it has happened already.
  if (existing?.entry.writeId.equals(entry.writeId) || plan.hasHappened(entry.writeId)) return null
  requireWriteConditions(conditions, etagOfFound(existing))
  if (onto !== undefined && !isThere(plan, existing, onto)) throw new StaleReferenceError()
  plan.useData(data, references)
  replaceEntry(plan, { bucketId: bucket.id, key, entry, bytes: input.entry, details: input.details, existing })
  return null
}

function isThere(plan: Plan, existing: FoundEntry | undefined, bytes: Buffer): boolean {
  return existing !== undefined && plan.index.get('objects', existing.indexKey)?.equals(bytes) === true
}

export interface Replacement {
  readonly bucketId: number
  readonly key: string
  readonly entry: Pick<Entry, 'sizeBytes'>
  /** The entry, encoded. */
  readonly bytes: Buffer
  readonly details: { id: Buffer; bytes: Buffer } | undefined
  readonly existing: FoundEntry | undefined
}

/** Puts an entry in the place of the one that is there. */
export function replaceEntry(plan: Plan, { bucketId, key, entry, bytes, details, existing }: Replacement): void {
  const stamped = Buffer.from(bytes)
  stampEntry(stamped, plan.context.seq)
  plan.put('objects', entryKey(bucketId, key, plan.context.seq), stamped)
  if (details !== undefined) plan.put('details', details.id, details.bytes)
  plan.context.totals.usage(bucketId, 1, entry.sizeBytes)
  if (existing !== undefined) removeEntry(plan, bucketId, existing)
}

function removeEntry(plan: Plan, bucketId: number, { indexKey, entry }: FoundEntry): void {
  plan.remove('objects', indexKey)
  const { extents } = detailsOf(plan.index, entry)
  for (const { dataId } of extents) plan.reference(dataId, -1)
  if (!extents.some(({ dataId }) => dataId.equals(entry.writeId))) plan.rememberWrite(entry.writeId)
  if ('id' in entry.details) plan.remove('details', entry.details.id)
  plan.context.totals.usage(bucketId, -1, -entry.sizeBytes)
}

export function deleteEntries(
  plan: Plan,
  { bucket, objects, seenSeq }: Mutations['deleteEntries']['input'],
): Mutations['deleteEntries']['result'] {
  plan.requireBucket(bucket)
  const done = new Set<string>()
  return objects.map(({ key, ifMatch }) => {
    // A key that is named twice is gone the second time.
    if (done.has(key)) return null
    claimKey(plan, bucket.id, key)
    const existing = findEntry(plan.index, bucket.id, key)
    if (plan.context.resent && (existing === undefined || existing.entry.commitSeq > seenSeq)) return null
    try {
      if (ifMatch !== undefined) requireWriteConditions({ ifMatch }, etagOfFound(existing))
    } catch (error) {
      if (error instanceof S3Error) return { code: error.code, message: error.message }
      throw error
    }
    if (existing !== undefined) removeEntry(plan, bucket.id, existing)
    done.add(key)
    return null
  })
}

/** Changes tags or ACL of an entry where it stands: it stays the same version, written when it was written. */
export function changeEntry(plan: Plan, input: Mutations['changeEntry']['input']): null {
  const { bucket, key, detailsId, seenSeq } = input
  plan.requireBucket(bucket)
  claimKey(plan, bucket.id, key)
  const found = findEntry(plan.index, bucket.id, key)
  if (found === undefined) throw new S3Error('NoSuchKey', { details: { Key: key } })
  const { indexKey, entry } = found
  if (plan.context.resent && entry.commitSeq > seenSeq) return null
  if ('id' in entry.details) plan.remove('details', entry.details.id)
  const details = detailsOf(plan.index, entry)
  const tags = input.tags ?? details.tags
  const changed = { ...entry, tagCount: tags.length, acl: input.acl ?? entry.acl }
  const packed = packEntry(changed, encodeDetails({ ...details, tags }), detailsId)
  plan.put('objects', indexKey, packed.entry)
  if (packed.details !== undefined) plan.put('details', packed.details.id, packed.details.bytes)
  return null
}

/**
 * Encodes an entry with its details inside, or with their id when it would grow too large.
 * @param detailsId 16 bytes that were never used before
 */
export function packEntry(
  entry: Omit<Entry, 'details'>,
  details: Buffer,
  detailsId: Buffer,
): { entry: Buffer; details: { id: Buffer; bytes: Buffer } | undefined } {
  const whole = encodeEntry({ ...entry, details: { inline: details } })
  if (whole.length <= entryBytesMax) return { entry: whole, details: undefined }
  return {
    entry: encodeEntry({ ...entry, details: { id: detailsId } }),
    details: { id: detailsId, bytes: details },
  }
}
