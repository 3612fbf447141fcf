import type { ByteSink } from '@headrace/s3'

const bytesMin = 64 * 1024

/** Gathers a body of unknown length in pieces of one size, each of which is given away when it is full and more comes. */
export class Gatherer implements ByteSink {
  readonly #pieceBytes: number
  readonly #give: (piece: Uint8Array) => Promise<void>
  #buffer = Buffer.allocUnsafe(bytesMin)
  #filled = 0

  /** @param give gets a piece, whose memory is used again once its promise has resolved */
  constructor(pieceBytes: number, give: (piece: Uint8Array) => Promise<void>) {
    this.#pieceBytes = pieceBytes
    this.#give = give
  }

  /** What was gathered and not given away: the end of the body. */
  get rest(): Uint8Array {
    return this.#buffer.subarray(0, this.#filled)
  }

  write(chunk: Uint8Array): Promise<void> | undefined {
    const room = this.#pieceBytes - this.#filled
    if (chunk.length <= room) {
      this.#take(chunk)
      return undefined
    }
    this.#take(chunk.subarray(0, room))
    return this.#give(this.rest).then(() => {
      this.#filled = 0
      return this.write(chunk.subarray(room))
    })
  }

  #take(bytes: Uint8Array): void {
    const needed = this.#filled + bytes.length
    if (needed > this.#buffer.length) {
      const grown = Buffer.allocUnsafe(Math.min(this.#pieceBytes, Math.max(needed, 2 * this.#buffer.length)))
      this.#buffer.copy(grown, 0, 0, this.#filled)
      this.#buffer = grown
    }
    this.#buffer.set(bytes, this.#filled)
    this.#filled = needed
  }
}
