// Bob Jenkins' 32-bit mix over one to five words, with the seed and the order of mixing that Ceph calls `rjenkins1`.
// Placement, the out test of a reweighted device and the hashing of placement groups all rest on these functions.

import { mix, words } from './mix.ts'

const seed = 1315423911
const padX = 231232
const padY = 1232

// Places in `words`: up to five inputs, the two pads and the running hash.
const A = 0
const B = 1
const C = 2
const D = 3
const E = 4
const X = 5
const Y = 6
const H = 7

function start(hash: number): void {
  words[X] = padX
  words[Y] = padY
  words[H] = hash
}

/** Hash of one 32-bit word: an unsigned 32-bit integer. */
export function hash1(a: number): number {
  start(seed ^ a)
  words[A] = a
  words[B] = a
  mix(B, X, H)
  mix(Y, A, H)
  return words[H]! >>> 0
}

/** Hash of two 32-bit words: an unsigned 32-bit integer. */
export function hash2(a: number, b: number): number {
  start(seed ^ a ^ b)
  words[A] = a
  words[B] = b
  mix(A, B, H)
  mix(X, A, H)
  mix(B, Y, H)
  return words[H]! >>> 0
}

/** Hash of three 32-bit words: an unsigned 32-bit integer. */
export function hash3(a: number, b: number, c: number): number {
  start(seed ^ a ^ b ^ c)
  words[A] = a
  words[B] = b
  words[C] = c
  mix(A, B, H)
  mix(C, X, H)
  mix(Y, A, H)
  mix(B, X, H)
  mix(Y, C, H)
  return words[H]! >>> 0
}

/** Hash of four 32-bit words: an unsigned 32-bit integer. */
export function hash4(a: number, b: number, c: number, d: number): number {
  start(seed ^ a ^ b ^ c ^ d)
  words[A] = a
  words[B] = b
  words[C] = c
  words[D] = d
  mix(A, B, H)
  mix(C, D, H)
  mix(A, X, H)
  mix(Y, B, H)
  mix(C, X, H)
  mix(Y, D, H)
  return words[H]! >>> 0
}

/** Hash of five 32-bit words: an unsigned 32-bit integer. */
export function hash5(a: number, b: number, c: number, d: number, e: number): number {
  start(seed ^ a ^ b ^ c ^ d ^ e)
  words[A] = a
  words[B] = b
  words[C] = c
  words[D] = d
  words[E] = e
  mix(A, B, H)
  mix(C, D, H)
  mix(E, X, H)
  mix(Y, A, H)
  mix(B, X, H)
  mix(Y, C, H)
  mix(D, X, H)
  mix(Y, E, H)
  return words[H]! >>> 0
}
