import { timingSafeEqual } from 'node:crypto'

/** Signatures are 64 hexadecimal digits, or 28 characters of base64. */
const charactersMax = 64
const ofExpected = Buffer.alloc(charactersMax * 2)
const ofGiven = Buffer.alloc(charactersMax * 2)

/**
 * Compares in a time that does not tell where the texts differ, so that a signature cannot be guessed digit by digit.
 * @param expected at most 64 characters
 */
export function sameText(expected: string, given: string): boolean {
  if (expected.length > charactersMax) throw new Error(`a signature of more than ${charactersMax} characters`)
  if (given.length !== expected.length) return false
  // Two bytes for each character: none is lost, and equal lengths stay equal.
  ofExpected.fill(0).write(expected, 'utf16le')
  ofGiven.fill(0).write(given, 'utf16le')
  return timingSafeEqual(ofExpected, ofGiven)
}
