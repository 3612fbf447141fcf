import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { crc32c } from '@node-rs/crc32'
import type { ChecksumAlgorithm } from '../operations/common.ts'
import { crc64nvme } from './crc64nvme.ts'

/** A checksum in the making. */
export interface Digest {
  update(chunk: Uint8Array): void
  /** Raw bytes, big-endian for the CRCs. To be called once, at the end. */
  digest(): Buffer
}

const sizes = { CRC32: 4, CRC32C: 4, CRC64NVME: 8, SHA1: 20, SHA256: 32 } as const satisfies Record<
  ChecksumAlgorithm,
  number
>

/** Size of the raw checksum in bytes. */
export function checksumBytes(algorithm: ChecksumAlgorithm): number {
  return sizes[algorithm]
}

/** Begins a checksum. */
export function createChecksum(algorithm: ChecksumAlgorithm): Digest {
  switch (algorithm) {
    case 'CRC32':
      return new Crc32Digest((chunk, before) => crc32(chunk, before))
    case 'CRC32C':
      return new Crc32Digest((chunk, before) => crc32c(asBuffer(chunk), before))
    case 'CRC64NVME':
      return new Crc64Digest()
    case 'SHA1':
      return createHash('sha1')
    case 'SHA256':
      return createHash('sha256')
  }
}

/** The native CRC takes Buffers only; this makes a view, not a copy. */
function asBuffer(chunk: Uint8Array): Buffer {
  return Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
}

class Crc32Digest implements Digest {
  readonly #step: (chunk: Uint8Array, before: number) => number
  #crc = 0

  constructor(step: (chunk: Uint8Array, before: number) => number) {
    this.#step = step
  }

  update(chunk: Uint8Array): void {
    this.#crc = this.#step(chunk, this.#crc)
  }

  digest(): Buffer {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32BE(this.#crc >>> 0)
    return bytes
  }
}

class Crc64Digest implements Digest {
  #crc = 0n

  update(chunk: Uint8Array): void {
    this.#crc = crc64nvme(chunk, this.#crc)
  }

  digest(): Buffer {
    const bytes = Buffer.alloc(8)
    bytes.writeBigUInt64BE(this.#crc)
    return bytes
  }
}
