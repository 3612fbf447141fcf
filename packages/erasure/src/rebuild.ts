import { bytesOf, type Chunk, checkChunkLengths } from './chunk.ts'
import type { Code } from './code.ts'
import { localEngine } from './local-engine.ts'
import { planRebuild } from './plan-rebuild.ts'

/** Rebuilds the chunks `want` of one stripe; the result is in that order. Throws as `planRebuild`, and for unequal lengths. */
export function rebuild(code: Code, chunks: readonly Chunk[], want: readonly number[]): Uint8Array[] {
  const plan = planRebuild(code, { from: chunks.map(({ index }) => index), to: want })
  const length = checkChunkLengths(chunks)
  const targets = want.map(() => new Uint8Array(length))
  localEngine.combine(plan, { sources: bytesOf(chunks, plan.from), targets })
  return targets
}
