import { createHash } from 'node:crypto'

/** Bytes of a source, which is known by its number: anybody can make them again. */
export interface Piece {
  readonly source: number
  readonly offset: number
  readonly length: number
}

/** What an object holds. */
export type Content = readonly Piece[]

/** What a read found: all bytes, or those from one place up to another. */
export interface FoundBytes {
  readonly bytes: Buffer
  readonly range?: { readonly from: number; readonly to: number } | undefined
}

export function isFound(found: FoundBytes | undefined, content: Content | undefined): boolean {
  if (found === undefined || content === undefined) return found === content
  const { bytes, range = { from: 0, to: lengthOf(content) } } = found
  return bytes.equals(bytesOf(sliceOf(content, { offset: range.from, length: range.to - range.from })))
}

const stampEvery = 4096

/** Bytes of which no two blocks are equal, and no two sources. */
export function bytesOf(pieces: Content): Buffer {
  return Buffer.concat(
    pieces.map(({ source, offset, length }) => sourceBytes(source, offset + length).subarray(offset)),
  )
}

function sourceBytes(source: number, length: number): Buffer {
  const roundBytes = Math.ceil(length / stampEvery) * stampEvery
  const bytes = Buffer.alloc(roundBytes, createHash('sha512').update(String(source)).digest())
  for (let at = 0; at < roundBytes; at += stampEvery) bytes.writeUInt32LE(at, at)
  return bytes.subarray(0, length)
}

export function lengthOf(pieces: Content): number {
  return pieces.reduce((sum, { length }) => sum + length, 0)
}

/** A range of a content. */
export function sliceOf(pieces: Content, { offset, length }: { offset: number; length: number }): Piece[] {
  const slice: Piece[] = []
  let at = 0
  for (const piece of pieces) {
    const from = Math.max(offset, at)
    const to = Math.min(offset + length, at + piece.length)
    if (from < to) slice.push({ source: piece.source, offset: piece.offset + from - at, length: to - from })
    at += piece.length
  }
  return slice
}

export function nameOf(content: Content | undefined): string {
  if (content === undefined) return 'nothing'
  return content.map(({ source, offset, length }) => `${source}[${offset}+${length}]`).join(' ') || 'no bytes'
}
