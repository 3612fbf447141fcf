import type { Combination } from './combination.ts'
import { codingMatrix } from './matrix.ts'
import { checkProfile, type Profile, type Technique } from './profile.ts'

/**
 * A Reed–Solomon code. It is systematic: chunks 0 … k − 1 of a stripe are the data as it is, chunks k … k + m − 1 are
 * computed from them, and any k of the k + m chunks give all the others back.
 */
export interface Code {
  /** Data chunks of a stripe. */
  readonly k: number
  /** Coding chunks of a stripe. */
  readonly m: number
  readonly technique: Technique
  /** From the k data chunks to the m coding chunks; its coefficients are the coding matrix. */
  readonly encoding: Combination
}

/** Makes the code of a profile; throws `badProfile`. It is plain data: make it once, use it everywhere, also in workers. */
export function createCode(profile: Profile): Code {
  const checked = checkProfile(profile)
  const { k, m, technique } = checked
  return { k, m, technique, encoding: { sourceCount: k, targetCount: m, coefficients: codingMatrix(checked) } }
}
