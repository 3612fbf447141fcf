import type { Code } from './code.ts'
import { localEngine } from './local-engine.ts'

/**
 * Fills the m coding chunks of a stripe from its k data chunks, all of one length in bytes (any length).
 * Throws `badChunks` when numbers or lengths are wrong or a coding chunk overlaps another chunk.
 */
export function encode(code: Code, data: readonly Uint8Array[], coding: readonly Uint8Array[]): void {
  localEngine.combine(code.encoding, { sources: data, targets: coding })
}
