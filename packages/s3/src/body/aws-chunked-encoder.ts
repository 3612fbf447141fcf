import type { ChunkSigner } from '../sigv4/chunk-signer.ts'
import { sha256Hex } from '../sigv4/hmac.ts'

/** The client's half of aws-chunked framing: frames chunks, signed when there is a signer. */
export class AwsChunkedEncoder {
  readonly #signer: ChunkSigner | undefined

  constructor(signer?: ChunkSigner) {
    this.#signer = signer
  }

  /** @returns what goes before the bytes of the chunk; `\r\n` goes behind them */
  chunkHeader(chunk: Uint8Array): string {
    const signature = this.#signer === undefined ? '' : `;chunk-signature=${this.#signer.signChunk(sha256Hex(chunk))}`
    return `${chunk.length.toString(16)}${signature}\r\n`
  }

  /**
   * @param trailers name and value in lower case, in the order in which they are to be sent; undefined for framing
   *   without trailers
   */
  end(trailers?: readonly (readonly [string, string])[]): string {
    const last = this.chunkHeader(new Uint8Array(0))
    if (trailers === undefined) return `${last}\r\n`
    const lines = trailers.map(([name, value]) => `${name}:${value}`)
    if (this.#signer !== undefined) {
      const signature = this.#signer.signTrailers(lines.map((line) => `${line}\n`).join(''))
      lines.push(`x-amz-trailer-signature:${signature}`)
    }
    return `${last}${lines.map((line) => `${line}\r\n`).join('')}\r\n`
  }
}

/** The bytes of a whole body, framed. */
export function encodeAwsChunked(
  body: Uint8Array,
  options: { chunkBytes: number; signer?: ChunkSigner; trailers?: readonly (readonly [string, string])[] },
): Buffer {
  const encoder = new AwsChunkedEncoder(options.signer)
  const pieces: Uint8Array[] = []
  for (let at = 0; at < body.length; at += options.chunkBytes) {
    const chunk = body.subarray(at, at + options.chunkBytes)
    pieces.push(Buffer.from(encoder.chunkHeader(chunk)), chunk, Buffer.from('\r\n'))
  }
  pieces.push(Buffer.from(encoder.end(options.trailers)))
  return Buffer.concat(pieces)
}
