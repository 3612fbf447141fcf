import { timingSafeEqual } from 'node:crypto'

/** Compares in constant time, so that a signature cannot be guessed digit by digit. */
export function sameText(expected: string, given: string): boolean {
  const a = Buffer.from(expected)
  const b = Buffer.from(given)
  return a.length === b.length && timingSafeEqual(a, b)
}
