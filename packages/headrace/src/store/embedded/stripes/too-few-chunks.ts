import { S3Error } from '@headrace/s3'
import type { BlockRun } from '../data/block-run.ts'
import type { ReadRequest } from './read-request.ts'
import { readiness, readinessOf } from './readiness.ts'

/** Fewer chunks of a data can be read than its bytes are rebuilt from. The message says why, chunk by chunk. */
export class TooFewChunksError extends Error {
  readonly #mayComeBack: boolean
  readonly #isOnOneDrive: boolean

  constructor(message: string, options: { mayComeBack: boolean; isOnOneDrive: boolean; cause: unknown }) {
    super(message, { cause: options.cause })
    this.name = 'TooFewChunksError'
    this.#mayComeBack = options.mayComeBack
    this.#isOnOneDrive = options.isOnOneDrive
  }

  /** What a client is told: to try again, when drives that do not answer now would make up for what is lost. */
  toS3Error(): S3Error {
    if (this.#mayComeBack) {
      return new S3Error('ServiceUnavailable', {
        message: 'Drives that hold this object do not answer now, and the others are too few. Send the request again.',
        cause: this,
      })
    }
    const drives = this.#isOnOneDrive ? 'their drive' : 'enough of their drives'
    return new S3Error('InternalError', {
      message: `The bytes of this object could not be read from ${drives}.`,
      cause: this,
    })
  }
}

/** @param errors of reads that failed, by chunk number; undefined for a read that has not answered */
export function tooFewChunks(
  request: ReadRequest,
  rows: BlockRun,
  errors: ReadonlyMap<number, unknown>,
): TooFewChunksError {
  const { dataId, chunks, pool } = request.data
  const away: string[] = []
  const bad: string[] = []
  for (const [chunk, location] of chunks.entries()) {
    const state = readinessOf(request, chunk, rows)
    const isAway = state === readiness.down || state === readiness.unreadable
    if (isAway && location.kind === 'missing') bad.push(`chunk ${chunk} is missing`)
    else if (isAway && location.kind !== 'missing')
      away.push(`chunk ${chunk} is on drive ${location.device}, which is away`)
    else if (errors.has(chunk)) bad.push(`chunk ${chunk}: ${reasonOf(errors.get(chunk))}`)
  }
  const left = `${chunks.length - away.length - bad.length} of ${chunks.length} chunks of ${dataId.toString('hex')}`
  return new TooFewChunksError(`${left} can be read where any ${pool.k} are needed: ${[...bad, ...away].join('; ')}`, {
    mayComeBack: away.length > 0 && chunks.length - bad.length >= pool.k,
    isOnOneDrive: chunks.length === 1,
    cause: [...errors.values()].find((error) => error !== undefined),
  })
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : 'it does not come'
}
