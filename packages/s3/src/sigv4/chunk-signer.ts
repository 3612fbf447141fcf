import type { HmacSha256 } from './hmac.ts'
import { emptySha256Hex, sha256Hex } from './hmac.ts'
import { type CredentialScope, scopeText } from './scope.ts'

/**
 * Signs the chunks of an aws-chunked body one after the other: each signature covers the one before, and the first of
 * them that of the request itself. Serves verification and signing alike.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
 */
export class ChunkSigner {
  readonly #key: HmacSha256
  readonly #context: string
  #previousSignature: string

  constructor(key: HmacSha256, timestamp: string, scope: CredentialScope, seedSignature: string) {
    this.#key = key
    this.#context = `${timestamp}\n${scopeText(scope)}`
    this.#previousSignature = seedSignature
  }

  /** @param chunkSha256Hex hash of the bytes of the chunk, framing not included */
  signChunk(chunkSha256Hex: string): string {
    const text = `AWS4-HMAC-SHA256-PAYLOAD\n${this.#context}\n${this.#previousSignature}\n${emptySha256Hex}\n${chunkSha256Hex}`
    this.#previousSignature = this.#key.hex(text)
    return this.#previousSignature
  }

  /**
   * Signs the trailers, which come behind the last, empty chunk.
   * @param trailers lines `name:value\n` in lower case and in the order in which they are sent
   */
  signTrailers(trailers: string): string {
    const text = `AWS4-HMAC-SHA256-TRAILER\n${this.#context}\n${this.#previousSignature}\n${sha256Hex(trailers)}`
    this.#previousSignature = this.#key.hex(text)
    return this.#previousSignature
  }
}
