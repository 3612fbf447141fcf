import type { Random } from '../core/runtime.ts'

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** An access key id in the form that people know: 20 letters and digits. */
export function newAccessKeyId(random: Random): string {
  return `HR${Array.from(random.bytes(18), (byte) => alphabet[byte % alphabet.length]).join('')}`
}

/** A secret of 240 random bits, in characters that need no quoting in a shell. */
export function newSecretKey(random: Random): string {
  return random.bytes(30).toString('base64url')
}
