import { ErasureError } from './errors.ts'

/**
 * How the bytes of an object lie in chunks, as in Ceph: units of `unitBytes` go round the k data chunks, so that byte b
 * is in stripe ⌊b ÷ (k · unit)⌋ and chunk ⌊b ÷ unit⌋ mod k. The last stripe is filled up with zeros (padding).
 */
export interface Layout {
  /** Data chunks of a stripe, from 1. */
  readonly k: number
  /** Bytes of one chunk in one stripe (Ceph's stripe unit), from 1. */
  readonly unitBytes: number
  /** Size of the object in bytes, from 0. */
  readonly sizeBytes: number
}

/** A run of bytes in one data chunk. */
export interface ChunkRange {
  /** Index of the chunk, 0 … k − 1. */
  readonly chunk: number
  /** First byte, counted from the start of the chunk of the whole object. */
  readonly offset: number
  /** Number of bytes, from 1. */
  readonly length: number
}

/** Throws `badProfile` for sizes that are no whole numbers or too small. */
export function checkLayout({ unitBytes, sizeBytes }: Pick<Layout, 'unitBytes' | 'sizeBytes'>): void {
  if (!Number.isSafeInteger(unitBytes) || unitBytes < 1) {
    throw new ErasureError('badProfile', `the stripe unit is ${unitBytes}: it must be a whole number of bytes from 1`)
  }
  if (!Number.isSafeInteger(sizeBytes) || sizeBytes < 0) {
    throw new ErasureError('badProfile', `the size is ${sizeBytes}: it must be a whole number of bytes from 0`)
  }
}

/** Number of stripes. */
export function stripeCount({ k, unitBytes, sizeBytes }: Layout): number {
  return Math.ceil(sizeBytes / (k * unitBytes))
}

/** Bytes of every chunk of the object with its padding. */
export function paddedChunkBytes(layout: Layout): number {
  return stripeCount(layout) * layout.unitBytes
}

/** Bytes of one chunk (0 … k + m − 1) without padding: what is past them is zero in every chunk and need not be kept. */
export function storedChunkBytes(layout: Layout, index: number): number {
  const { k, unitBytes, sizeBytes } = layout
  const lastStripe = Math.max(0, stripeCount(layout) - 1)
  const column = index < k ? index : 0 // a coding chunk is as long as the longest data chunk
  return lastStripe * unitBytes + clamp(sizeBytes - (lastStripe * k + column) * unitBytes, unitBytes)
}

/** Where byte `offset` of the object is. */
export function locateByte(
  { k, unitBytes }: Layout,
  offset: number,
): { stripe: number; chunk: number; offset: number } {
  const unit = Math.floor(offset / unitBytes)
  const stripe = Math.floor(unit / k)
  return { stripe, chunk: unit % k, offset: stripe * unitBytes + (offset % unitBytes) }
}

/** The parts of the data chunks that hold a range of the object: at most one run for each chunk. */
export function chunkRanges(
  { k, unitBytes, sizeBytes }: Layout,
  range: { offset: number; length: number },
): ChunkRange[] {
  const start = Math.min(range.offset, sizeBytes)
  const end = Math.min(range.offset + range.length, sizeBytes)
  if (start >= end) return []
  const stripeBytes = k * unitBytes
  const firstStripe = Math.floor(start / stripeBytes)
  const lastStripe = Math.floor((end - 1) / stripeBytes)
  const ranges: ChunkRange[] = []
  for (let chunk = 0; chunk < k; chunk += 1) {
    const from = firstStripe * unitBytes + clamp(start - firstStripe * stripeBytes - chunk * unitBytes, unitBytes)
    const to = lastStripe * unitBytes + clamp(end - lastStripe * stripeBytes - chunk * unitBytes, unitBytes)
    if (from < to) ranges.push({ chunk, offset: from, length: to - from })
  }
  return ranges
}

/** `value` within 0 … `max`. */
function clamp(value: number, max: number): number {
  return Math.max(0, Math.min(value, max))
}
