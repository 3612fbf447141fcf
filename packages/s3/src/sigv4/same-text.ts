/**
 * Compares without leaving off at the first difference, so that a signature cannot be guessed digit by digit from the
 * time that its refusal takes.
 */
export function sameText(expected: string, given: string): boolean {
  if (given.length !== expected.length) return false
  let difference = 0
  for (let index = 0; index < expected.length; index += 1) {
    difference |= expected.charCodeAt(index) ^ given.charCodeAt(index)
  }
  return difference === 0
}
