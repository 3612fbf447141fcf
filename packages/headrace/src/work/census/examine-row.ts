import { type ChunkLocation, sameLocation } from '../../store/embedded/format/data-row.ts'
import { isSuspect } from '../../store/embedded/format/suspects.ts'
import { Findings } from '../mend/findings.ts'
import type { RowFacts } from '../mend/plan-row.ts'
import { rowFacts } from '../placed-row.ts'
import type { WorkStore } from '../work-store.ts'
import { type Depth, type ExamineTools, examineChunk } from './examine-chunk.ts'

export interface RowExamining {
  readonly tools: ExamineTools & { readonly store: WorkStore }
  readonly depth: Depth
  /** Chunks on other drives are not looked at. */
  readonly device?: number | undefined
  /** Told of each chunk that was looked at. */
  readonly examined?: (bytes: number) => void
}

/** A row is looked at again so often when chunks of it were moved meanwhile. */
const attemptsMax = 5

/**
 * Looks at the chunks of a row that are on drives that are up.
 * @returns what is known of it now; undefined when it is gone
 */
export async function examineRow(
  first: RowFacts,
  { tools, depth, device, examined }: RowExamining,
  signal: AbortSignal,
): Promise<RowFacts | undefined> {
  const { store } = tools
  const findings = new Findings()
  let facts: RowFacts | undefined = first
  for (let attempt = 0; attempt < attemptsMax && facts !== undefined; attempt += 1) {
    const { dataId, row, suspects } = facts
    const pool = store.maps.current.pool(row.pool)
    const known = findings.of(row)
    const open = row.chunks.flatMap((location, chunk) => {
      const isWanted = location.kind !== 'missing' && (device === undefined || location.device === device)
      return isWanted && !known.good.has(chunk) && !known.bad.has(chunk) ? [{ location, chunk }] : []
    })
    for (const { location, chunk } of open) {
      signal.throwIfAborted()
      const source = { dataId, chunk, pool, lengthBytes: row.lengthBytes, location }
      const { state, bytes } = await examineChunk(source, depth, tools, signal)
      examined?.(bytes)
      // What was not read to its end stays under the suspicion that it was under.
      const isTrusted = depth === 'deep' || !isSuspect(suspects, chunk)
      if (state === 'good' && isTrusted) findings.add(row, chunk, true)
      else if (state !== 'good' && state !== 'away') findings.add(row, chunk, false)
    }
    const { bad, good } = findings.of(row)
    if (bad.size === 0) return { ...facts, bad, good }
    // A chunk that is not where it was may have been moved while it was looked for.
    const now = rowFacts(store, dataId)
    if (now === undefined || isUnmoved(row.chunks, now.row.chunks)) return now && { ...now, ...findings.of(now.row) }
    facts = now
  }
  return facts
}

function isUnmoved(before: readonly ChunkLocation[], now: readonly ChunkLocation[]): boolean {
  return before.every((location, chunk) => {
    const other = now[chunk]
    return (
      other !== undefined &&
      (sameLocation(location, other) || (location.kind === other.kind && location.kind === 'missing'))
    )
  })
}
