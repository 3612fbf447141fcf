// What these tests read of the replies that `headrace store … --json` prints; docs/operations/store.md is about them.

export interface Width {
  readonly k: number
  readonly m: number
}

export interface Worker {
  readonly name: string
  readonly state: 'idle' | 'working' | 'waiting' | 'failed'
  readonly note: string
}

export interface Move {
  readonly reason: string
  readonly finishedMs: number | null
  readonly predictedBytes: number
  readonly movedBytes: number
  readonly minimumBytes: number
  readonly reencodeBytes: number
  readonly reencodedBytes: number
}

export interface Status {
  readonly storeId: string
  readonly epoch: number
  readonly verdict: 'full' | 'healing' | 'degraded: drive missing' | 'lost' | null
  readonly protection: string
  readonly profiles: readonly { readonly small: Width; readonly large: Width; readonly drives: number }[]
  readonly degradedRows: number
  readonly missingChunks: number
  readonly misplacedChunks: number
  readonly drives: { readonly up: number; readonly down: number; readonly leaving: number; readonly out: number }
  readonly indexDrives: readonly number[]
  readonly workers: readonly Worker[]
  readonly lastMove: Move | null
}

export interface Drive {
  readonly id: number
  readonly uuid: string
  readonly path: string
  readonly state: 'up' | 'down'
  readonly membership: 'in' | 'leaving' | 'out'
  readonly reason: string
  readonly isIndexDrive: boolean
  readonly chunks: number
  readonly isSlow: boolean
  readonly errors: number
}

export interface Census {
  readonly verdict: Exclude<Status['verdict'], null>
  readonly rows: number
  readonly misplacedChunks: number
  readonly widths: readonly (Width & { readonly readableChunks: number; readonly rows: number })[]
  readonly lostRows: number
  readonly lost: readonly { readonly bucket: string; readonly key: string }[]
}

export interface Prediction {
  readonly movedBytes: number
  readonly minimumBytes: number
  readonly reencodeBytes: number
  readonly warnings: readonly string[]
}
