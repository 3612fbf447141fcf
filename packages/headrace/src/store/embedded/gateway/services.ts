import { S3Error } from '@headrace/s3'
import type { Runtime } from '../../../core/runtime.ts'
import { requireNullVersion } from '../../shared/buckets.ts'
import type { DataWriterOptions } from '../data/data-writer.ts'
import { wantOfSpace } from '../data/write-errors.ts'
import { isWantOfSpace } from '../drive/drive.ts'
import { type BucketRow, decodeBucketRow } from '../format/bucket-row.ts'
import { type FoundEntry, findEntry } from '../index/entries.ts'
import type { IndexReader } from '../index/index.ts'
import { KeeperLostError, type KeeperPort } from '../keeper/mutation.ts'
import type { MapSource } from '../placement/placement.ts'
import type { ReadOptions } from '../stripes/read-request.ts'
import type { ReadTracker } from './read-tracker.ts'
import type { SpaceGuards } from './space-guards.ts'

/** What the operations of the embedded store work with. */
export interface EmbeddedServices {
  readonly runtime: Runtime
  readonly keeper: KeeperPort
  readonly maps: MapSource
  readonly reads: ReadTracker
  readonly space: SpaceGuards
  readonly reading: ReadOptions
  /** Undefined as long as the keeper has not given this process a session. */
  writing(): DataWriterOptions | undefined
  /** The index as of now: what was acknowledged before this call is in it. Use it before the next `await`. */
  snapshot(): IndexReader
}

/** @throws S3Error NoSuchBucket */
export function requireBucket(index: IndexReader, name: string): BucketRow {
  const bytes = index.get('buckets', Buffer.from(name))
  if (bytes === undefined) throw new S3Error('NoSuchBucket', { details: { BucketName: name } })
  return decodeBucketRow(bytes)
}

/** @throws S3Error NoSuchBucket, NoSuchVersion or NoSuchKey */
export function requireEntry(
  index: IndexReader,
  { bucket, key, versionId }: { bucket: string; key: string; versionId?: string | undefined },
): FoundEntry {
  const { id } = requireBucket(index, bucket)
  requireNullVersion(versionId)
  const found = findEntry(index, id, key)
  if (found === undefined) throw new S3Error('NoSuchKey', { details: { Key: key } })
  return found
}

/** Expected failures as S3 errors; others stay what they are. */
export function storageError(error: unknown): unknown {
  if (error instanceof KeeperLostError) return new S3Error('ServiceUnavailable', { cause: error })
  if (isWantOfSpace(error)) return wantOfSpace('the drives of the journal', error)
  return error
}

/** What writes need of this process. */
export function requireWriting(services: EmbeddedServices): DataWriterOptions {
  const writing = services.writing()
  if (writing === undefined)
    throw new S3Error('ServiceUnavailable', { message: 'The store is starting. Send the request again.' })
  return writing
}
