import { S3Error } from '@headrace/s3'
import type { BlockRun } from '../data/block-run.ts'
import type { ReadRequest } from './read-request.ts'
import { readiness, readinessOf } from './readiness.ts'

/** Fewer chunks of a data can be read than its bytes are rebuilt from. The message says why, chunk by chunk. */
export class TooFewChunksError extends Error {
  readonly #mayComeBack: boolean
  readonly #chunks: number

  /** @param errors of those that were read, by chunk number; undefined for one that has not answered */
  constructor({
    request,
    rows,
    errors,
  }: { request: ReadRequest; rows: BlockRun; errors: ReadonlyMap<number, unknown> }) {
    const { dataId, chunks, pool } = request.data
    const reasons: string[] = []
    let mayComeBack = false
    for (const [chunk, location] of chunks.entries()) {
      const state = readinessOf(request, chunk, rows)
      const isAway = location.kind !== 'missing' && (state === readiness.down || state === readiness.unreadable)
      const error = errors.get(chunk)
      if (isAway) reasons.push(`drive ${location.device}, which has chunk ${chunk}, does not answer`)
      else if (state === readiness.unreadable) reasons.push(`chunk ${chunk} is missing`)
      else if (errors.has(chunk)) reasons.push(error instanceof Error ? error.message : `chunk ${chunk} does not come`)
      mayComeBack ||= isAway
    }
    const left = `${chunks.length - reasons.length} of ${chunks.length} chunks of ${dataId.toString('hex')}`
    const causes = [...errors.values()].filter((error) => error !== undefined)
    super(`${left} can be read where any ${pool.k} are needed: ${reasons.join('; ')}`, { cause: causes[0] })
    this.name = 'TooFewChunksError'
    this.#mayComeBack = mayComeBack
    this.#chunks = chunks.length
  }

  /** What a client is told: to try again when drives that do not answer now would be enough. */
  toS3Error(): S3Error {
    if (this.#mayComeBack) {
      return new S3Error('ServiceUnavailable', {
        message: 'Drives that hold this object do not answer now, and the others are too few. Send the request again.',
        cause: this,
      })
    }
    const drives = this.#chunks === 1 ? 'their drive' : 'enough of their drives'
    return new S3Error('InternalError', {
      message: `The bytes of this object could not be read from ${drives}.`,
      cause: this,
    })
  }
}
