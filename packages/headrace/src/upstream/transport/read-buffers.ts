/** Of each connection: a head and a small object fit, and many idle connections may have one. */
export const ownBufferBytes = 16 * 1024

/**
 * Of a connection that is receiving a large body. Measured: reads of 64 KiB take twice the time per byte of those of
 * 128 KiB and more, and beyond 256 KiB nothing is gained.
 */
const largeBufferBytes = 256 * 1024

/** Large buffers that nobody uses are kept up to this number: 8 MiB. */
const keptMax = 32

const kept: Buffer[] = []

/** A buffer for the reads of a large body. */
export function takeLargeBuffer(): Buffer {
  return kept.pop() ?? Buffer.allocUnsafeSlow(largeBufferBytes)
}

/** Whoever gives one back has no view of it any more. */
export function giveLargeBuffer(buffer: Buffer): void {
  if (kept.length < keptMax) kept.push(buffer)
}
