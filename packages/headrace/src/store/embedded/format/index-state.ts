import { FormatError } from '../../../core/bytes.ts'
import { requireVersion } from './codes.ts'

const formatVersion = 1

/** Which index is in use, and whether it can be trusted: `index/state.json`. */
export interface IndexState {
  /** The index is the file of this number; a rebuilt one gets the next. */
  readonly generation: number
  /** The run of the operating system in which it was written last. */
  readonly bootId: string | undefined
  /** It was synced and closed, and nothing was written since. */
  readonly clean: boolean
}

/** It is no state at all: something else was written over it. */
export class IndexStateDamagedError extends FormatError {}

export function encodeIndexState(state: IndexState): Buffer {
  return Buffer.from(`${JSON.stringify({ formatVersion, ...state })}\n`)
}

/** @throws IndexStateDamagedError, and FormatError when a newer program wrote it */
export function decodeIndexState(bytes: Buffer): IndexState {
  let parsed: Partial<IndexState> & { formatVersion?: number }
  try {
    parsed = JSON.parse(bytes.toString())
  } catch {
    throw new IndexStateDamagedError('index/state.json is not JSON')
  }
  requireVersion(parsed.formatVersion ?? 0, formatVersion, 'index/state.json')
  return { generation: Number(parsed.generation ?? 0), bootId: parsed.bootId, clean: parsed.clean === true }
}
