// Bob Jenkins' hash of a byte string, twelve bytes at a time: how Ceph turns an object name into a placement group.

import { mix, words } from './mix.ts'

const goldenRatio = 0x9e3779b9
const encoder = new TextEncoder()

// ASCII names, which are nearly all names, are copied here character by character; a longer or non-ASCII one is encoded.
const ascii = new Uint8Array(1024)

function toBytes(name: string): { bytes: Uint8Array; size: number } {
  if (name.length > ascii.length) return encoded(name)
  for (let index = 0; index < name.length; index += 1) {
    const code = name.charCodeAt(index)
    if (code > 0x7f) return encoded(name)
    ascii[index] = code
  }
  asciiView.size = name.length
  return asciiView
}

const asciiView = { bytes: ascii, size: 0 }

function encoded(name: string): { bytes: Uint8Array; size: number } {
  const bytes = encoder.encode(name)
  return { bytes, size: bytes.length }
}

function word(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
}

/**
 * The hash of an object's name (a string is hashed as UTF-8): an unsigned 32-bit integer, which `stableMod` turns into
 * a placement group. Equal to what Ceph computes for a pool whose object hash is rjenkins, the only one in use.
 */
export function hashObjectName(name: string | Uint8Array): number {
  const { bytes, size } = typeof name === 'string' ? toBytes(name) : { bytes: name, size: name.length }
  words[0] = goldenRatio
  words[1] = goldenRatio
  words[2] = 0
  let at = 0
  for (; at + 12 <= size; at += 12) {
    for (let place = 0; place < 3; place += 1) words[place]! += word(bytes, at + 4 * place)
    mix(0, 1, 2)
  }
  // The length goes into the lowest byte of the third word, so the bytes of that word that remain start one higher.
  words[2]! += size
  for (let index = at; index < size; index += 1) {
    const position = index - at < 8 ? index - at : index - at + 1
    words[position >> 2]! += bytes[index]! << (8 * (position & 3))
  }
  mix(0, 1, 2)
  return words[2]! >>> 0
}

/**
 * `x` modulo `count`, such that growing `count` towards the next power of two moves only the values that must move.
 * `mask` is the smallest 2^n − 1 that is at least `count − 1` (see `stableModMask`); all are unsigned 32-bit integers.
 */
export function stableMod(x: number, count: number, mask: number): number {
  const low = (x & mask) >>> 0
  return low < count ? low : (x & (mask >>> 1)) >>> 0
}

/** The mask that `stableMod` takes for `count` (at least 1): 0 for 1, 7 for 5 to 8. */
export function stableModMask(count: number): number {
  return count <= 1 ? 0 : 0xffffffff >>> Math.clz32(count - 1)
}
