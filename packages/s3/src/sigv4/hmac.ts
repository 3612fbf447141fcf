import { hash } from 'node:crypto'

const blockBytes = 64
const digestBytes = 32
const scratchBytes = 4096

/**
 * HMAC-SHA256 (RFC 2104) with a prepared key. Two one-shot hashes over prepared pads take a quarter of the time of
 * `createHmac` and leave no native object behind; a gateway does this for every request.
 */
export class HmacSha256 {
  /** The inner pad, with room for a message behind it. */
  readonly #inner = Buffer.alloc(scratchBytes)
  readonly #outer = Buffer.alloc(blockBytes + digestBytes)

  constructor(key: string | Uint8Array) {
    let bytes: Uint8Array = typeof key === 'string' ? Buffer.from(key, 'utf8') : key
    if (bytes.length > blockBytes) bytes = hash('sha256', bytes, 'buffer')
    this.#inner.fill(0x36, 0, blockBytes)
    this.#outer.fill(0x5c, 0, blockBytes)
    for (let index = 0; index < bytes.length; index += 1) {
      this.#inner[index] = (bytes[index] as number) ^ 0x36
      this.#outer[index] = (bytes[index] as number) ^ 0x5c
    }
  }

  /** @returns 64 hexadecimal digits */
  hex(message: string): string {
    this.#digestInner(message)
    return hash('sha256', this.#outer, 'hex')
  }

  bytes(message: string): Buffer {
    this.#digestInner(message)
    return hash('sha256', this.#outer, 'buffer')
  }

  #digestInner(message: string): void {
    const room = scratchBytes - blockBytes
    if (message.length * 3 <= room) {
      const written = this.#inner.write(message, blockBytes, 'utf8')
      hash('sha256', this.#inner.subarray(0, blockBytes + written), 'buffer').copy(this.#outer, blockBytes)
      return
    }
    const whole = Buffer.concat([this.#inner.subarray(0, blockBytes), Buffer.from(message, 'utf8')])
    hash('sha256', whole, 'buffer').copy(this.#outer, blockBytes)
  }
}

/** SHA-256 of a text or bytes, in hexadecimal. */
export function sha256Hex(data: string | Uint8Array): string {
  return hash('sha256', data, 'hex')
}

/** SHA-256 of nothing. */
export const emptySha256Hex = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
