import { checksumAlgorithms } from '@headrace/s3'
import { z } from 'zod'

const algorithm = z.enum(checksumAlgorithms)

/**
 * How an upstream treats a condition of a write.
 * - `atomic`: it holds, and of many writers at once one wins.
 * - `racy`: it holds for one writer, but of many at once several win.
 * - `held`: it holds; a race was not tried.
 * - `refused`: the upstream says that it cannot.
 * - `ignored`: the write is done as if there were no condition.
 */
export const conditionVerdicts = ['atomic', 'racy', 'held', 'refused', 'ignored'] as const
export type ConditionVerdict = (typeof conditionVerdicts)[number]
const condition = z.enum(conditionVerdicts)

/** What becomes of a checksum: compared and told by later reads, only compared, not looked at, or a reason to refuse. */
export const checksumVerdicts = ['kept', 'checked', 'ignored', 'refused'] as const
export type ChecksumVerdict = (typeof checksumVerdicts)[number]

/**
 * What an upstream can do, as it was found by trying (`probeUpstream`), or as it is assumed until then. It is kept as
 * JSON; a file of another version is probed anew.
 */
export const ledgerSchema = z.strictObject({
  version: z.literal(1),
  /** When it was probed, in milliseconds since 1970; absent: nobody has, and this is what is assumed. */
  probedMs: z.number().optional(),
  /** What it calls itself: its `Server` header. */
  server: z.string().optional(),
  /** Of PutObject, CompleteMultipartUpload, CopyObject and its source, DeleteObject, and `<ETag>` of DeleteObjects. */
  conditions: z.strictObject({
    put: condition,
    complete: condition,
    copy: condition,
    copySource: condition,
    delete: condition,
    deleteObjects: condition,
  }),
  /** Checksums that come in a header. */
  checksums: z.record(algorithm, z.enum(checksumVerdicts)),
  /** CompleteMultipartUpload compares `x-amz-mp-object-size`. */
  completeSize: z.boolean(),
  /** Ways to send a body, each a value of `x-amz-content-sha256`; trailers carry a checksum. */
  bodies: z.strictObject({
    unsigned: z.boolean(),
    signedChunks: z.boolean(),
    signedTrailer: z.boolean(),
    unsignedTrailer: z.boolean(),
  }),
  /** `100 Continue`: sent, or never, so that the body comes a second late. Of a refused write, no body is wanted. */
  expectContinue: z.enum(['sent', 'never']),
  /** DeleteObjects with a digest of its document other than MD5. */
  deleteObjectsChecksum: z.boolean(),
  listing: z.strictObject({
    /** By UTF-8 bytes, or in some other order. */
    order: z.enum(['utf8', 'other']),
    /** How it encodes names on request: with plus signs for blanks, with `%20`, or not at all. */
    encoding: z.enum(['plus', 'percent', 'none']),
    /** Whether a page goes on behind a common prefix that the page before ended with. */
    passesPrefixes: z.boolean(),
  }),
  ranges: z.strictObject({
    /** A range is served. */
    served: z.boolean(),
    /** Past the end of an object: 416. */
    pastEnd: z.number().int(),
    /** The last bytes of an empty object: 200 at AWS, 416 at others. */
    suffixOfEmpty: z.number().int(),
    /** `bytes=3-1` is no range, and AWS sends the whole: 200. */
    reversed: z.number().int(),
  }),
  /** GET of one part: served with the ETag of the object, with one of its own, or as the whole object. */
  partNumber: z.enum(['served', 'own-etag', 'ignored', 'refused']),
  objectAttributes: z.boolean(),
  tagging: z.boolean(),
  acls: z.boolean(),
  versioning: z.boolean(),
  /** Of the reply to a small GET, median of some: the head, and how long the body came behind it. */
  timing: z.strictObject({ firstByteMs: z.number(), bodyAfterHeadMs: z.number() }).optional(),
})

export type Ledger = z.infer<typeof ledgerSchema>

const everyChecksum = (verdict: ChecksumVerdict): Ledger['checksums'] => ({
  CRC32: verdict,
  CRC32C: verdict,
  CRC64NVME: verdict,
  SHA1: verdict,
  SHA256: verdict,
})

/**
 * What is assumed of an upstream that nobody has probed: what every store that calls itself S3 does. Conditions that some
 * ignore are assumed to be ignored, and so refused: a condition that does not hold is worse than none.
 */
export const assumedLedger: Ledger = {
  version: 1,
  conditions: {
    put: 'atomic',
    complete: 'ignored',
    copy: 'ignored',
    copySource: 'ignored',
    delete: 'ignored',
    deleteObjects: 'ignored',
  },
  checksums: everyChecksum('ignored'),
  completeSize: false,
  bodies: { unsigned: true, signedChunks: true, signedTrailer: false, unsignedTrailer: false },
  expectContinue: 'sent',
  deleteObjectsChecksum: false,
  listing: { order: 'utf8', encoding: 'percent', passesPrefixes: true },
  ranges: { served: true, pastEnd: 416, suffixOfEmpty: 416, reversed: 200 },
  partNumber: 'ignored',
  objectAttributes: false,
  tagging: true,
  acls: true,
  versioning: true,
}

/** All that S3 is documented to do: what a probe of AWS would find. */
export const completeLedger: Ledger = {
  ...assumedLedger,
  conditions: {
    put: 'atomic',
    complete: 'held',
    copy: 'held',
    copySource: 'held',
    delete: 'held',
    deleteObjects: 'held',
  },
  checksums: everyChecksum('kept'),
  completeSize: true,
  bodies: { unsigned: true, signedChunks: true, signedTrailer: true, unsignedTrailer: true },
  deleteObjectsChecksum: true,
  listing: { order: 'utf8', encoding: 'plus', passesPrefixes: true },
  ranges: { served: true, pastEnd: 416, suffixOfEmpty: 200, reversed: 200 },
  partNumber: 'served',
  objectAttributes: true,
}

/**
 * Reads a ledger that was kept.
 * @returns undefined when it is of another version, or is none: it has to be probed anew
 */
export function parseLedger(text: string): Ledger | undefined {
  try {
    return ledgerSchema.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}

/** The same as text for people and for `parseLedger`. */
export function formatLedger(ledger: Ledger): string {
  return `${JSON.stringify(ledger, undefined, 2)}\n`
}
