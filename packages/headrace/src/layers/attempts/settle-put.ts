import { type ObjectInfo, type Operations, requireWriteConditions } from '@headrace/s3'
import { markName } from './write-mark.ts'

/** A conditional PUT that was sent, and what it can be told by. */
export interface SentPut {
  readonly conditions: Operations['putObject']['input']['conditions']
  /** That the object has if this write made it; undefined when it was sent without one. */
  readonly mark: string | undefined
  /** Wall clock before it was sent. */
  readonly sentMs: number
  /** The clocks of the store and ours differ by no more. */
  readonly clockSkewMsMax: number
}

/**
 * What became of a conditional PUT that nobody answered, as far as the object that is there now proves it:
 *
 * - It has our mark, which no other write has: it was done. Size and ETag would prove nothing: of two clients that write
 *   the same bytes under the same condition, as two do that both count from 5 to 6, only one may be told that it did.
 * - It is not ours, does not meet the condition, and was there before we sent: the write was refused, or will be when it
 *   comes. It was there if its time is before ours by more than clocks differ.
 * - Otherwise nothing is proved. What is there may have replaced ours; when nothing is there, ours may have been deleted,
 *   or may still come.
 *
 * @param found the object that is there; undefined when there is none
 * @returns the answer to the PUT; undefined when it is not known
 * @throws S3Error PreconditionFailed when it was refused
 */
export function settlePut(sent: SentPut, found: ObjectInfo | undefined): Operations['putObject']['output'] | undefined {
  if (found === undefined) return undefined
  if (sent.mark !== undefined && found.metadata[markName] === sent.mark) {
    const { etag, sizeBytes, versionId, checksum } = found
    return { etag, sizeBytes, versionId, checksum }
  }
  if (found.lastModifiedMs < sent.sentMs - sent.clockSkewMsMax) requireWriteConditions(sent.conditions, found)
  return undefined
}
