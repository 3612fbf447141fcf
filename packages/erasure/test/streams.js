import { encodeStream } from '../src/index.js'
/** Cuts bytes into pieces of the given sizes, again and again from the first; also as one that arrives piece by piece. */
export async function* inPieces(bytes, sizes) {
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length]
    await Promise.resolve()
    yield bytes.subarray(at, at + size)
    at += size
  }
}
/** All chunks of an object with their padding. */
export async function encodeWhole(code, bytes, unitBytes) {
  const parts = Array.from({ length: code.k + code.m }, () => [])
  for await (const { chunks } of encodeStream(code, [bytes], { unitBytes })) {
    for (const [index, chunk] of chunks.entries()) parts[index].push(chunk.slice())
  }
  return parts.map((part) => Buffer.concat(part))
}
/** Everything that a stream gives, copied as it comes. */
export async function collect(pieces) {
  const parts = []
  for await (const piece of pieces) parts.push(piece.slice())
  return Buffer.concat(parts)
}
/** Sources over chunks that are in memory, without those that are undefined. */
export function sourcesOf(chunks, sizes = [1000]) {
  return chunks.flatMap((bytes, index) => (bytes === undefined ? [] : [{ index, bytes: inPieces(bytes, sizes) }]))
}
