import type { BlockRun } from '../data/block-run.ts'
import { runBytes } from '../data/chunk-reader.ts'
import type { OpenDrive } from '../drive/drives.ts'
import type { ReadRequest } from './read-request.ts'

/** How well a chunk can be read, from the best. */
export const readiness = {
  ready: 0,
  /** Its drive is an outlier, or hangs. */
  slow: 1,
  /** It could not be read before, wholly or in part. */
  doubted: 2,
  /** Its drive is open here, though it is said not to answer. */
  down: 3,
  /** It is missing, or its drive is not here. */
  unreadable: 4,
} as const
export type Readiness = (typeof readiness)[keyof typeof readiness]

/** A drive on which a call is under way for so long hangs, whether or not others do as well. A large sync takes a second. */
export const hangsMs = 3_000

export function readinessOf({ data, options, doubted }: ReadRequest, chunk: number, rows: BlockRun): Readiness {
  // Of a chunk that has nothing there, all is known.
  if (runBytes(data, chunk, rows) === 0) return readiness.ready
  const location = data.chunks[chunk]
  if (location === undefined || location.kind === 'missing') return readiness.unreadable
  const drive = options.drives.get(location.device)
  if (drive === undefined) return readiness.unreadable
  if (!options.placement().isUp(location.device)) return readiness.down
  if (doubted.has(chunk)) return readiness.doubted
  return hangs(drive) ? readiness.slow : readiness.ready
}

function hangs({ health }: OpenDrive): boolean {
  return health.isSlow || health.oldestCallMs > hangsMs
}

/**
 * Whether a chunk is better read around: because it must be, or because enough others are in a better state to have its
 * blocks from them. On drives that are all slow, nothing is.
 */
export function isAvoided(request: ReadRequest, chunk: number, rows: BlockRun): boolean {
  const own = readinessOf(request, chunk, rows)
  if (own === readiness.ready) return false
  if (own === readiness.unreadable) return true
  const { chunks, pool } = request.data
  let better = 0
  for (let other = 0; other < chunks.length; other += 1) {
    if (other !== chunk && readinessOf(request, other, rows) < own) better += 1
  }
  return better >= pool.k
}

/** Chunks that can be read, those in the best state first. */
export function byReadiness(request: ReadRequest, chunks: readonly number[], rows: BlockRun): number[] {
  return chunks
    .map((chunk) => ({ chunk, readiness: readinessOf(request, chunk, rows) }))
    .filter((ranked) => ranked.readiness !== readiness.unreadable)
    .sort((a, b) => a.readiness - b.readiness || a.chunk - b.chunk)
    .map(({ chunk }) => chunk)
}

/**
 * The copy to read: of those in the best state the one whose drive has the least to do. Between equals the data decides,
 * so that all drives have their share, and a page of a file is cached once.
 */
export function bestCopy(request: ReadRequest, rows: BlockRun): number {
  const { chunks, dataId } = request.data
  if (chunks.length <= 1) return 0
  const begin = dataId.readUInt8(dataId.length - 1)
  const ranked = chunks.map((_, turn) => {
    const chunk = (begin + turn) % chunks.length
    return { chunk, readiness: readinessOf(request, chunk, rows), calls: callsOf(request, chunk) }
  })
  ranked.sort((a, b) => a.readiness - b.readiness || a.calls - b.calls)
  return ranked[0]?.chunk ?? 0
}

function callsOf({ data, options }: ReadRequest, chunk: number): number {
  const location = data.chunks[chunk]
  if (location === undefined || location.kind === 'missing') return 0
  const health = options.drives.get(location.device)?.health
  return health === undefined ? 0 : health.inFlight + health.waiting
}
