import { hash } from 'node:crypto'

const blockBytes = 64
const digestBytes = 32
const scratchBytes = 4096

/** Pads and messages are laid out here to be hashed. Nothing stays in it between two calls. */
const scratch = Buffer.alloc(scratchBytes)

/**
 * HMAC-SHA256 (RFC 2104) with a prepared key. Two one-shot hashes over prepared pads take a quarter of the time of
 * `createHmac` and leave no native object behind; a gateway does this for every request.
 */
export class HmacSha256 {
  readonly #innerPad = Buffer.alloc(blockBytes, 0x36)
  /** The outer pad, with room for the inner digest behind it. */
  readonly #outer = Buffer.alloc(blockBytes + digestBytes, 0x5c)

  /** @param key text is taken as UTF-8 */
  constructor(key: string | Uint8Array) {
    let bytes: Uint8Array = typeof key === 'string' ? Buffer.from(key, 'utf8') : key
    if (bytes.length > blockBytes) bytes = hash('sha256', bytes, 'buffer')
    for (let index = 0; index < bytes.length; index += 1) {
      this.#innerPad[index] = (bytes[index] as number) ^ 0x36
      this.#outer[index] = (bytes[index] as number) ^ 0x5c
    }
  }

  /**
   * @param message taken as UTF-8
   * @returns 64 hexadecimal digits
   */
  hex(message: string): string {
    this.#digestInner(message)
    return hash('sha256', this.#outer, 'hex')
  }

  /**
   * @param message taken as UTF-8
   * @returns 32 bytes
   */
  bytes(message: string): Buffer {
    this.#digestInner(message)
    return hash('sha256', this.#outer, 'buffer')
  }

  /** A digest as latin1 text, a character for each byte, is made in less than half of the time of one as Buffer. */
  #digestInner(message: string): void {
    const room = scratchBytes - blockBytes
    const data = message.length * 3 <= room ? scratch : Buffer.allocUnsafe(blockBytes + message.length * 3)
    data.set(this.#innerPad)
    const written = data.write(message, blockBytes, 'utf8')
    this.#outer.write(hash('sha256', data.subarray(0, blockBytes + written), 'latin1'), blockBytes, 'latin1')
  }
}

/** SHA-256 of bytes, or of text as UTF-8, in hexadecimal. */
export function sha256Hex(data: string | Uint8Array): string {
  return hash('sha256', data, 'hex')
}

/** SHA-256 of nothing. */
export const emptySha256Hex = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
