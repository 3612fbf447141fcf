/** Blocks of a chunk, one behind the other. A row of stripes has one block of each chunk. */
export interface BlockRun {
  /** Number in the chunk, from 0. */
  readonly first: number
  readonly count: number
}

export function covers(run: BlockRun, other: BlockRun): boolean {
  return run.first <= other.first && run.first + run.count >= other.first + other.count
}

/** The least run that covers all of these. */
export function unionOf(runs: readonly BlockRun[]): BlockRun {
  const first = Math.min(...runs.map((run) => run.first))
  return { first, count: Math.max(...runs.map((run) => run.first + run.count)) - first }
}
