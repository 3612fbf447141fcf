import { ErasureError } from './errors.ts'

/** How the coding matrix is made, by the names that Ceph gives them. */
export type Technique = 'cauchy' | 'reed_sol_van'

/** What a code is made from. */
export interface Profile {
  /** Data chunks of a stripe, from 1. */
  readonly k: number
  /** Coding chunks of a stripe, from 0: as many chunks may be lost. k + m is at most 255. */
  readonly m: number
  /** `cauchy` when absent; `reed_sol_van` (Vandermonde) only where it can repair every loss. */
  readonly technique?: Technique
}

/** Most chunks of a stripe. */
export const chunksMax = 255

/** Throws `badProfile` for a profile that is not a code or cannot repair every loss of m chunks. */
export function checkProfile(profile: Profile): Required<Profile> {
  const { k, m, technique = 'cauchy' } = profile
  if (!Number.isInteger(k) || k < 1) throw badProfile(`k is ${k}: it must be a whole number from 1`)
  if (!Number.isInteger(m) || m < 0) throw badProfile(`m is ${m}: it must be a whole number from 0`)
  if (k + m > chunksMax) throw badProfile(`k + m is ${k + m}: at most ${chunksMax} chunks fit a stripe`)
  if (technique !== 'cauchy' && technique !== 'reed_sol_van') {
    throw badProfile(`technique is ${technique}: use cauchy or reed_sol_van`)
  }
  if (technique === 'reed_sol_van' && !vandermondeRepairsEveryLoss(k, m)) {
    throw badProfile(
      `reed_sol_van cannot repair every loss at k = ${k}, m = ${m} (it can for m up to 3, and for m = 4 with k up to 21): ` +
        'use cauchy',
    )
  }
  return { k, m, technique }
}

/** Every square part of the matrix must be invertible; the limits are proved by exhaustion in matrix.test.ts. */
function vandermondeRepairsEveryLoss(k: number, m: number): boolean {
  return m <= 3 || (m === 4 && k <= 21)
}

function badProfile(message: string): ErasureError {
  return new ErasureError('badProfile', message)
}
