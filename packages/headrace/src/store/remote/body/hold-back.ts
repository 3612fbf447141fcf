import { type ByteSink, S3Error } from '@headrace/s3'

/** The end of a body that is held back: what comes from a socket at once. */
const tailBytesMax = 64 * 1024

/**
 * Passes a body on but for its end: whoever gets a request as long as announced carries it out, and must not before the
 * whole of it was found to be good.
 */
export class HoldBack implements ByteSink {
  readonly #sink: ByteSink
  readonly #sizeBytes: number
  #takenBytes = 0
  #tail: Buffer | undefined

  /** @param sizeBytes of the whole body, more than none */
  constructor(sink: ByteSink, sizeBytes: number) {
    this.#sink = sink
    this.#sizeBytes = sizeBytes
  }

  /** @throws S3Error IncompleteBody for more than was announced */
  write(chunk: Uint8Array): Promise<void> | undefined {
    if (chunk.length === 0) return undefined
    this.#takenBytes += chunk.length
    if (this.#takenBytes > this.#sizeBytes) {
      throw new S3Error('IncompleteBody', 'The request body holds more bytes than were announced.')
    }
    if (this.#takenBytes < this.#sizeBytes) return this.#sink.write(chunk)
    const at = Math.max(0, chunk.length - tailBytesMax)
    this.#tail = Buffer.from(chunk.subarray(at))
    return at === 0 ? undefined : this.#sink.write(chunk.subarray(0, at))
  }

  /**
   * To be called when the body was found to be good: lets its end go.
   * @throws S3Error IncompleteBody for less than was announced
   */
  async finish(): Promise<void> {
    if (this.#tail === undefined) throw new S3Error('IncompleteBody')
    await this.#sink.write(this.#tail)
  }
}
