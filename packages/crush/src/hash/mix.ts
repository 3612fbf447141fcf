// Bob Jenkins' mixing step for 32-bit words, shared by the hash of numbers and the hash of names.

/** Working words of the hash in progress; an array, so that `mix` can change three of them without allocating. */
export const words = new Int32Array(8)

/** Mixes `words[i]`, `words[j]` and `words[k]`, changing all three. */
export function mix(i: number, j: number, k: number): void {
  let a = words[i]!
  let b = words[j]!
  let c = words[k]!
  a = (a - b - c) ^ (c >>> 13)
  b = (b - c - a) ^ (a << 8)
  c = (c - a - b) ^ (b >>> 13)
  a = (a - b - c) ^ (c >>> 12)
  b = (b - c - a) ^ (a << 16)
  c = (c - a - b) ^ (b >>> 5)
  a = (a - b - c) ^ (c >>> 3)
  b = (b - c - a) ^ (a << 10)
  c = (c - a - b) ^ (b >>> 15)
  words[i] = a
  words[j] = b
  words[k] = c
}
