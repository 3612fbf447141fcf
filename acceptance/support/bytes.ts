import { createCipheriv, createHash } from 'node:crypto'

/** Bytes that look random and are the same for the same seed: the key stream of AES-CTR, at gigabytes a second. */
export class SeededBytes {
  readonly #cipher

  constructor(seed: string) {
    const key = createHash('sha256').update(seed).digest().subarray(0, 16)
    this.#cipher = createCipheriv('aes-128-ctr', key, Buffer.alloc(16))
  }

  next(length: number): Buffer {
    return this.#cipher.update(Buffer.alloc(length))
  }
}

/** The first bytes of a seed's sequence. */
export function seededBytes(seed: string, length: number): Buffer {
  return new SeededBytes(seed).next(length)
}

/** Chance that repeats itself: whole numbers from 0 to below a limit. */
export function seededChance(seed: string): (limit: number) => number {
  const source = new SeededBytes(seed)
  return (limit) => Math.floor((source.next(4).readUInt32LE() / 2 ** 32) * limit)
}

export function hexHash(algorithm: 'md5' | 'sha256', data: string | Uint8Array): string {
  return createHash(algorithm).update(data).digest('hex')
}
