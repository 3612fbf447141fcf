import { localEngine, planRebuild, type RebuildPlan } from '@headrace/erasure'
import type { BlockRun } from '../data/block-run.ts'
import { runBytes } from '../data/chunk-reader.ts'
import { blockBytes, codeOf } from '../data/pool.ts'
import type { Span, SpanPool } from '../data/span.ts'
import type { StoredData } from './stored-data.ts'

/** Blocks of one chunk in memory: those that the chunk has of `rows`, from the beginning of the span. */
export interface Strip {
  readonly span: Span
  readonly rows: BlockRun
  readonly bytes: number
}

/** The blocks that were asked for. Their memory is used again once they are given back. */
export class Strips {
  readonly #byChunk: ReadonlyMap<number, Strip>
  readonly #spans: SpanPool

  /** @param byChunk chunks that are copies of each other may have the same strip */
  constructor(byChunk: ReadonlyMap<number, Strip>, spans: SpanPool) {
    this.#byChunk = byChunk
    this.#spans = spans
  }

  /** @returns the blocks of a chunk; there may be more of them than were asked for */
  of(chunk: number): Strip {
    const strip = this.#byChunk.get(chunk)
    if (strip === undefined) throw new RangeError(`chunk ${chunk} was not asked for`)
    return strip
  }

  /** To be called once, when nobody uses the bytes any more. */
  release(): void {
    const spans = new Set([...this.#byChunk.values()].map(({ span }) => span))
    for (const span of spans) this.#spans.give(span)
  }
}

/**
 * Computes blocks of some chunks from those of at least k others.
 * @param sources by chunk number; each covers `rows`
 * @param wanted chunk numbers
 */
export function rebuildStrips(
  data: StoredData,
  sources: ReadonlyMap<number, Strip>,
  wanted: readonly number[],
  { rows, spans }: { rows: BlockRun; spans: Pick<SpanPool, 'take'> },
): Map<number, Strip> {
  const plan = planOf(data.pool, [...sources.keys()], wanted)
  // No chunk has more of a row than the first one.
  const bytes = runBytes(data, 0, rows)
  const strips = new Map<number, Strip>(
    wanted.map((chunk) => [chunk, { span: spans.take(), rows, bytes: runBytes(data, chunk, rows) }]),
  )
  localEngine.combine(plan, {
    sources: plan.from.map((chunk) => padded(sources.get(chunk) as Strip, rows, bytes)),
    targets: [...strips.values()].map(({ span }) => span.data.subarray(0, bytes)),
  })
  return strips
}

/** Data that has lost the same chunks is rebuilt alike: what is computed for the first of them serves the others. */
const plans = new Map<string, RebuildPlan>()
const plansMax = 1_000

function planOf(pool: StoredData['pool'], from: readonly number[], to: readonly number[]): RebuildPlan {
  const name = `${pool.k}+${pool.m} ${from} ${to}`
  let plan = plans.get(name)
  if (plan === undefined) {
    plan = planRebuild(codeOf(pool), { from, to })
    if (plans.size >= plansMax) plans.clear()
    plans.set(name, plan)
  }
  return plan
}

/** The bytes of a strip in these rows, with the zeros that stand behind the end of a chunk. */
function padded(strip: Strip, rows: BlockRun, bytes: number): Buffer {
  const begin = (rows.first - strip.rows.first) * blockBytes
  const end = begin + bytes
  if (strip.bytes < end) strip.span.data.fill(0, strip.bytes, end)
  return strip.span.data.subarray(begin, end)
}
