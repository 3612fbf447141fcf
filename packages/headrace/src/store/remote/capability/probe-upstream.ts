import { clientCodecs } from '@headrace/s3'
import type { Runtime } from '../../../core/runtime.ts'
import { assumedLedger, type Ledger } from './ledger.ts'
import { type BenchOptions, isDone, ProbeBench, requireDone } from './probe-bench.ts'
import { probeBodies, probeChecksums } from './probes/bodies.ts'
import { probeConditions } from './probes/conditions.ts'
import { probeFeatures } from './probes/features.ts'
import { probeListing } from './probes/listing.ts'
import { probeReads } from './probes/reads.ts'

/** What is tried, in this order. */
const probes = {
  features: probeFeatures,
  conditions: probeConditions,
  checksums: probeChecksums,
  bodies: probeBodies,
  listing: probeListing,
  reads: probeReads,
} as const satisfies Record<string, (bench: ProbeBench) => Promise<Partial<Ledger>>>

/** A part of the probe. */
export type ProbeName = keyof typeof probes

export interface ProbeOptions extends Omit<BenchOptions, 'runtime'> {
  readonly runtime: Pick<Runtime, 'clock' | 'random'>
  /** A bucket that is there, for accounts that may make none. Default: one is made, and deleted in the end. */
  readonly bucket?: string
  /** Told before each part. */
  readonly began?: (probe: ProbeName) => void
}

export interface ProbeResult {
  readonly ledger: Ledger
  /** Parts that gave no answer, with the reason: what is assumed stands in the ledger for them. */
  readonly undecided: readonly { readonly probe: ProbeName; readonly reason: string }[]
  /** Why something that was written is still there; undefined when nothing is. */
  readonly leftBehind: string | undefined
}

/**
 * Tries what an upstream can do, in a bucket of its own or under a prefix of its own, and removes what it wrote. It takes
 * some seconds and some 100 requests; 5 MiB are written.
 * @throws S3Error or AttemptError when the upstream cannot be reached, or lets nobody write
 */
export async function probeUpstream(options: ProbeOptions): Promise<ProbeResult> {
  const { clock, random } = options.runtime
  const name = `headrace-probe-${random.bytes(6).toString('hex')}`
  const place = { bucket: options.bucket ?? name, prefix: `${name}/` }
  const bench = new ProbeBench(options, place)
  if (options.bucket === undefined) await makeBucket(bench)
  const undecided: { probe: ProbeName; reason: string }[] = []
  let ledger: Ledger = { ...assumedLedger, probedMs: clock.now() }
  let leftBehind: string | undefined
  try {
    requireDone(await bench.put('first', 'x'), 'PutObject')
    for (const [probe, run] of Object.entries(probes) as [ProbeName, (typeof probes)[ProbeName]][]) {
      options.began?.(probe)
      try {
        ledger = { ...ledger, ...(await run(bench)) }
      } catch (error) {
        options.signal.throwIfAborted()
        undecided.push({ probe, reason: reasonOf(error) })
      }
    }
  } finally {
    // Whoever breaks off wants it to be tidy all the same.
    const broom = new ProbeBench({ ...options, signal: new AbortController().signal }, place)
    leftBehind = await clear(broom, options.bucket === undefined).catch(reasonOf)
  }
  return { ledger, undecided, leftBehind }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

async function makeBucket(bench: ProbeBench): Promise<void> {
  const input = { bucket: bench.bucket, location: '' }
  const { status, headers, bytes } = await bench.ask('createBucket', input)
  clientCodecs.createBucket.decode({ status, headers, document: bytes }, input)
}

/**
 * Removes what was written, and the bucket if it was made for that.
 * @throws Inconclusive when something is left
 */
async function clear(bench: ProbeBench, isOwnBucket: boolean): Promise<undefined> {
  const { bucket, prefix } = bench
  const uploads = { bucket, prefix, delimiter: '', keyMarker: '', maxUploads: 100 }
  const listed = await bench.ask('listMultipartUploads', uploads)
  if (isDone(listed)) {
    const reply = { status: listed.status, headers: listed.headers, document: listed.bytes }
    for (const { key, uploadId } of clientCodecs.listMultipartUploads.decode(reply, uploads).uploads) {
      await bench.ask('abortMultipartUpload', { bucket, key, uploadId })
    }
  }
  // One page has more than a probe writes.
  const input = { bucket, prefix, delimiter: '', startAfter: '', maxKeys: 1000 }
  const { status, headers, bytes } = requireDone(await bench.ask('listObjects', input), 'ListObjects')
  const { objects } = clientCodecs.listObjects.decode({ status, headers, document: bytes }, input)
  for (const { key } of objects) requireDone(await bench.ask('deleteObject', { bucket, key }), 'DeleteObject')
  if (isOwnBucket) requireDone(await bench.ask('deleteBucket', { bucket }), 'DeleteBucket')
  return undefined
}
