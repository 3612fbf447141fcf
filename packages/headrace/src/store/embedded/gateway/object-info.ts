import type { ObjectInfo } from '@headrace/s3'
import type { Details } from '../format/details.ts'
import { checksumOfEntry, type Entry, etagOf } from '../format/entry.ts'

/** An entry and its details as S3 shows an object. */
export function objectInfo(entry: Entry, { content, metadata }: Details): ObjectInfo {
  return {
    sizeBytes: entry.sizeBytes,
    etag: etagOf(entry.md5, entry.partsCount),
    lastModifiedMs: entry.lastModifiedMs,
    content,
    metadata,
    storageClass: entry.storageClass,
    versionId: undefined,
    checksum: checksumOfEntry(entry),
    tagCount: entry.tagCount,
    partsCount: entry.partsCount === 0 ? undefined : entry.partsCount,
  }
}
