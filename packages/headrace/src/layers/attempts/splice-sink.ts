import type { ByteSink } from '@headrace/s3'

/** Passes on the bytes of one body, which may come from several readers, and knows how far it is. */
export class SpliceSink implements ByteSink {
  readonly #sink: ByteSink
  #leftBytes: number
  #busy: Promise<void> | undefined

  constructor(sink: ByteSink, bytes: number) {
    this.#sink = sink
    this.#leftBytes = bytes
  }

  get leftBytes(): number {
    return this.#leftBytes
  }

  write(chunk: Uint8Array): Promise<void> | undefined {
    // What follows would be taken for the beginning of the next reply.
    if (chunk.length > this.#leftBytes) throw new Error('the store delivered more bytes than it announced')
    this.#leftBytes -= chunk.length
    this.#busy = this.#sink.write(chunk)
    return this.#busy
  }

  /**
   * Resolves when the sink is done with what it was given, so that another reader may go on.
   * @throws what the sink throws
   */
  async idle(): Promise<void> {
    await this.#busy
  }
}
