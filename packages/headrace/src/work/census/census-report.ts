/** Whether all data has all its chunks; what a census ends with. */
export type Verdict = 'full' | 'healing' | 'degraded: drive missing' | 'lost'

/** Every data row by how many of its chunks can be read now. */
export interface CensusReport {
  readonly verdict: Verdict
  readonly startedMs: number
  readonly finishedMs: number
  /** Of the map. */
  readonly epoch: number
  /** Whether every block was read. */
  readonly isDeep: boolean
  readonly rows: number
  /** Of data, without copies and coding. */
  readonly bytes: number
  readonly misplacedChunks: number
  /** Rows of pools that others have replaced. */
  readonly outdatedRows: number
  readonly widths: readonly CensusWidth[]
  /** Fewer than k chunks can be read; the first 100 of the objects that they belong to. */
  readonly lostRows: number
  readonly lost: readonly LostObject[]
}

export interface CensusWidth {
  readonly pool: number
  readonly k: number
  readonly m: number
  readonly readableChunks: number
  readonly rows: number
  readonly bytes: number
}

export interface LostObject {
  readonly bucket: string
  readonly key: string
  /** In hexadecimal digits. */
  readonly dataId: string
  readonly readableChunks: number
  readonly k: number
}
