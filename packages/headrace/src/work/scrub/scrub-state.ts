import type { Depth } from '../census/examine-chunk.ts'

/** A pass over all rows, in the order of their ids. */
export interface ScrubPass {
  readonly depth: Depth
  /** Chunks on other drives are passed over; null for all. */
  readonly device: number | null
  /** Somebody asked for it: it is not spread over time. */
  readonly isAsked: boolean
  readonly startedMs: number
  /** Behind which row it goes on, in hexadecimal digits; empty at first. */
  readonly cursor: string
  readonly doneBytes: number
  readonly totalBytes: number
  readonly badChunks: number
}

/** What the scrub keeps over a restart. */
export interface ScrubState {
  readonly version: 1
  /** When the last pass of each depth over everything began. */
  readonly lastMs: { readonly [D in Depth]: number | null }
  /** Under way: what somebody asked for first, then what the schedule wants. */
  readonly passes: readonly ScrubPass[]
}

export const noScrubs: ScrubState = { version: 1, lastMs: { light: null, deep: null }, passes: [] }

/** @returns undefined for what another version has kept */
export function parseScrubState(value: unknown): ScrubState | undefined {
  const state = value as ScrubState
  return state.version === 1 && Array.isArray(state.passes) ? state : undefined
}
