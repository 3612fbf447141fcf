import type { Random } from '../../core/runtime.ts'

export interface ChoiceOf<T> {
  /** Taken only when there is no other. */
  readonly isAvoided: (candidate: T) => boolean
  /** Preferred. */
  readonly isNear: (candidate: T) => boolean
  /** What it would cost to send one more there, in any unit. */
  readonly costOf: (candidate: T) => number
}

/**
 * The power of two choices: of two at random, the one that costs less. Whoever always took the best would send everything
 * there until the news is out (Mitzenmacher 2001). Candidates that are better placed come first: not avoided, then near.
 * @returns undefined when there is nobody
 */
export function choose<T>(candidates: readonly T[], how: ChoiceOf<T>, random: Pick<Random, 'next'>): T | undefined {
  let best: T[] = []
  let bestRank = Number.POSITIVE_INFINITY
  for (const candidate of candidates) {
    const rank = (how.isAvoided(candidate) ? 2 : 0) + (how.isNear(candidate) ? 0 : 1)
    if (rank > bestRank) continue
    if (rank < bestRank) best = []
    bestRank = rank
    best.push(candidate)
  }
  if (best.length < 2) return best[0]
  const oneAt = Math.floor(random.next() * best.length)
  // Any but the first: so both are different, and all pairs are as likely.
  const otherAt = (oneAt + 1 + Math.floor(random.next() * (best.length - 1))) % best.length
  const [one, other] = [best[oneAt] as T, best[otherAt] as T]
  return how.costOf(one) <= how.costOf(other) ? one : other
}
