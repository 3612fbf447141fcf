import { type ChunkLocation, sameLocation } from '../../store/embedded/format/data-row.ts'
import type { PlacedRow, RowFacts } from './plan-row.ts'

/** What was found out about chunks of one row. It is of places: a chunk that was moved since is unknown again. */
export class Findings {
  readonly #found = new Map<number, { readonly location: ChunkLocation; readonly isGood: boolean }>()

  add(row: PlacedRow, chunk: number, isGood: boolean): void {
    const location = row.chunks[chunk]
    if (location !== undefined) this.#found.set(chunk, { location, isGood })
  }

  /** Of a row as it is now. */
  of(row: PlacedRow): Required<Pick<RowFacts, 'bad' | 'good'>> {
    const bad = new Set<number>()
    const good = new Set<number>()
    for (const [chunk, { location, isGood }] of this.#found) {
      const now = row.chunks[chunk]
      if (now !== undefined && sameLocation(now, location)) (isGood ? good : bad).add(chunk)
    }
    return { bad, good }
  }
}
