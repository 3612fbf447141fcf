import { crc32c } from '@node-rs/crc32'
import { FormatError } from '../../../core/bytes.ts'

const checksumBytes = 4

/** Puts a CRC-32C behind a value of the index, where a flipped bit would otherwise be read in silence. */
export function seal(value: Buffer, into = Buffer.allocUnsafe(value.length + checksumBytes)): Buffer {
  value.copy(into)
  into.writeUInt32LE(crc32c(value), value.length)
  return into.subarray(0, value.length + checksumBytes)
}

/** Seals one value after the other in the same memory: each is to be used before the next. */
export class Sealer {
  #memory = Buffer.allocUnsafeSlow(16 * 1024)

  seal(value: Buffer): Buffer {
    if (this.#memory.length < value.length + checksumBytes) {
      this.#memory = Buffer.allocUnsafeSlow(2 * (value.length + checksumBytes))
    }
    return seal(value, this.#memory)
  }
}

/**
 * Takes the checksum off again.
 * @returns a view of the value
 * @throws FormatError when it does not match
 */
export function unseal(sealed: Buffer): Buffer {
  const length = sealed.length - checksumBytes
  if (length < 0) throw new FormatError('a value is shorter than its checksum')
  const value = sealed.subarray(0, length)
  if (crc32c(value) !== sealed.readUInt32LE(length)) throw new FormatError('a value does not match its checksum')
  return value
}

/**
 * Checksum of one block. It begins with a value made of the data's id, the block's number and its chunk's, so that a block
 * in the wrong place is noticed like a changed one.
 * @param chunk 0 for the only chunk of a data, and for each of equal copies
 */
export function blockChecksum(block: Buffer, dataId: Buffer, blockIndex: number, chunk: number): number {
  const place = Math.imul(blockIndex + 1, 0x9e3779b1) ^ Math.imul(chunk, 0x85ebca6b)
  return crc32c(block, (dataId.readUInt32LE(12) ^ place) >>> 0)
}

export { crc32c }

/** Of a document that people may read: eight hexadecimal digits. White space does not count. */
export function jsonChecksum(content: object): string {
  return crc32c(Buffer.from(JSON.stringify(content)))
    .toString(16)
    .padStart(8, '0')
}
