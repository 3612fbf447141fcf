/** A chunk that others are to be made from cannot be read as it was written. */
export class SourceError extends Error {
  readonly chunk: number

  constructor(chunk: number, cause: unknown) {
    super(`chunk ${chunk} cannot be read: ${cause instanceof Error ? cause.message : cause}`, { cause })
    this.name = 'SourceError'
    this.chunk = chunk
  }
}
