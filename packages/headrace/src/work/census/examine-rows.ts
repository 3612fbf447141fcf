import { decodeSuspects } from '../../store/embedded/format/suspects.ts'
import { allEnded } from '../mend/all-ended.ts'
import type { RowFacts } from '../mend/plan-row.ts'
import { placedRow } from '../placed-row.ts'
import { slicesOf } from '../slices.ts'
import { examineRow, type RowExamining } from './examine-row.ts'

/** Rows looked at at the same time. */
const lanes = 32
/** Chunks that were found to be bad are reported when there are so many, and at the end of each slice. */
const suspectsMax = 256

export interface RowsExamining extends RowExamining {
  /** Where to begin: behind everything that was looked at before. */
  readonly from?: Buffer | undefined
  /** Called with each row once it was looked at. */
  readonly visit?: (facts: RowFacts) => void
  /** Called behind each slice with its last key. @returns whether to go on */
  readonly advanced?: (key: Buffer) => boolean | Promise<boolean>
}

/**
 * Looks at the chunks of all rows, in the order of their ids. Those that cannot be read though their drives are up come
 * under suspicion, so that they are healed.
 * @returns whether the end was reached
 */
export async function examineRows(options: RowsExamining, signal: AbortSignal): Promise<boolean> {
  const { tools, from, visit, advanced } = options
  const { store } = tools
  for await (const items of slicesOf(store, 'data', { from })) {
    signal.throwIfAborted()
    const rows = items.flatMap(({ key, value }): RowFacts[] => {
      const row = placedRow(value)
      const suspects = row && store.index.get('degraded', key)
      return row === undefined
        ? []
        : [{ dataId: key, row, suspects: suspects === undefined ? 0 : decodeSuspects(suspects) }]
    })
    const bad: { dataId: Buffer; chunk: number }[] = []
    const left = rows.values()
    const lane = async () => {
      for (const row of left) {
        const facts = await examineRow(row, options, signal)
        if (facts === undefined) continue
        for (const chunk of facts.bad ?? []) bad.push({ dataId: facts.dataId, chunk })
        if (bad.length >= suspectsMax) await report(bad.splice(0), options)
        visit?.(facts)
      }
    }
    await allEnded(Array.from({ length: Math.min(lanes, rows.length) }, lane))
    await report(bad, options)
    const last = items.at(-1)
    if (last !== undefined && advanced !== undefined && !(await advanced(last.key))) return false
  }
  return true
}

async function report(
  chunks: readonly { readonly dataId: Buffer; readonly chunk: number }[],
  { tools: { store } }: RowsExamining,
): Promise<void> {
  if (chunks.length > 0) await store.keeper.submit('suspectChunks', { chunks })
}
