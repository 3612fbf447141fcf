import { planRow } from '../mend/plan-row.ts'
import type { WorkStore } from '../work-store.ts'
import type { CensusReport } from './census-report.ts'
import { CensusTally } from './census-tally.ts'
import type { Depth, ExamineTools } from './examine-chunk.ts'
import { examineRows } from './examine-rows.ts'
import { findObjects } from './find-objects.ts'
import { SegmentSizes } from './segment-sizes.ts'

/** Objects that are named when data is lost. */
const lostObjectsMax = 100

export interface CensusOptions {
  readonly tools: Omit<ExamineTools, 'sizes'> & { readonly store: WorkStore }
  readonly depth: Depth
  readonly startedMs: number
  /** Told of bytes: those that were read of chunks by a deep census, else those of data whose chunks were looked at. */
  readonly progressed: (bytes: number) => void
}

/** Counts every row by how many of its chunks can be read now. */
export async function takeCensus(
  { tools, depth, startedMs, progressed }: CensusOptions,
  signal: AbortSignal,
): Promise<CensusReport> {
  const { store } = tools
  const tally = new CensusTally()
  const sizes = new SegmentSizes(store)
  await examineRows(
    {
      tools: { ...tools, sizes },
      depth,
      examined: progressed,
      visit(facts) {
        tally.add(facts.dataId, facts.row, planRow(facts, store.maps.current))
        if (depth === 'light') progressed(facts.row.lengthBytes)
      },
      advanced() {
        sizes.forget()
        return true
      },
    },
    signal,
  )
  const { verdict, rows, bytes, misplacedChunks, outdatedRows, lostRows } = tally
  const lost = await findObjects(store, tally.lost, lostObjectsMax, signal)
  return {
    verdict,
    startedMs,
    finishedMs: Math.max(store.runtime.clock.now(), startedMs),
    epoch: store.maps.current.map.epoch,
    isDeep: depth === 'deep',
    rows,
    bytes,
    misplacedChunks,
    outdatedRows,
    widths: tally.widths(),
    lostRows,
    lost,
  }
}
