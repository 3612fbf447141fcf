/** What went wrong, for a program to react to; each is thrown with a message that names the place and the remedy. */
export const errorCodes = {
  badProfile: 'k, m, the technique, a size or a number of workers that cannot be used',
  badChunks:
    'chunks of unequal length, a wrong number of them, an index given twice or out of range, overlapping buffers',
  tooFewChunks: 'fewer than k chunks are there, so the data cannot be rebuilt',
  shortChunk: 'a chunk ended before the length that the size of the data asks for',
  sourceFailed: 'the source of a chunk failed while it was read; `cause` is its own error',
  noMemory: 'more memory was asked for than the kernel can address',
  poolFailed: 'the worker pool was closed or one of its workers died',
} as const

export type ErasureErrorCode = keyof typeof errorCodes

/** The only error this package throws on purpose. */
export class ErasureError extends Error {
  override readonly name = 'ErasureError'
  readonly code: ErasureErrorCode

  constructor(code: ErasureErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
