import type { Random } from '../../core/runtime.ts'

export interface BackoffOptions {
  /** The longest wait before the first repetition; it doubles with each. */
  readonly backoffMsBase: number
  readonly backoffMsMax: number
}

/**
 * How long to wait: anything up to a bound that doubles (full jitter), so that those who failed together do not come
 * back together.
 * @param repetition from 1
 */
export function backoffMs(random: Random, repetition: number, { backoffMsBase, backoffMsMax }: BackoffOptions): number {
  return random.next() * Math.min(backoffMsMax, backoffMsBase * 2 ** (repetition - 1))
}
