import { createHash } from 'node:crypto'
import type { Checksum, ChecksumAlgorithm, ChecksumType } from '../operations/common.ts'
import { crc64nvmePolynomial } from './crc64nvme.ts'
import { createChecksum } from './digest.ts'

/** Polynomials with their bits reversed, as the CRC itself is reckoned. */
const polynomials: Partial<Record<ChecksumAlgorithm, { polynomial: bigint; width: number }>> = {
  CRC32: { polynomial: 0xedb88320n, width: 32 },
  CRC32C: { polynomial: 0x82f63b78n, width: 32 },
  CRC64NVME: { polynomial: crc64nvmePolynomial, width: 64 },
}

/** Only CRCs of parts can be put together to the CRC of the whole; hashes cannot. */
export function canCombine(algorithm: ChecksumAlgorithm): boolean {
  return polynomials[algorithm] !== undefined
}

/** The type that a multipart upload has when it names none: what AWS does by algorithm. */
export function defaultChecksumType(algorithm: ChecksumAlgorithm): ChecksumType {
  return algorithm === 'CRC64NVME' ? 'FULL_OBJECT' : 'COMPOSITE'
}

/** What the checksum of a whole needs to know of a part. */
export interface PartDigest {
  /** Raw checksum of the part. */
  readonly bytes: Uint8Array
  readonly sizeBytes: number
}

/** The checksum of an object made of parts, from the checksums of the parts. */
export function combineParts(algorithm: ChecksumAlgorithm, type: ChecksumType, parts: readonly PartDigest[]): Checksum {
  if (type === 'FULL_OBJECT') return { algorithm, type, value: fullObject(algorithm, parts).toString('base64') }
  const digest = createChecksum(algorithm)
  for (const part of parts) digest.update(part.bytes)
  return { algorithm, type, value: `${digest.digest().toString('base64')}-${parts.length}` }
}

/**
 * The ETag of an object made of parts: MD5 of the parts' MD5s, then their number.
 * @param md5s 16 bytes each
 */
export function multipartEtag(md5s: readonly Uint8Array[]): string {
  const hash = createHash('md5')
  for (const md5 of md5s) hash.update(md5)
  return `${hash.digest('hex')}-${md5s.length}`
}

/**
 * crc(A B) is crc(A) multiplied by x^(8 · size of B), plus crc(B), modulo the polynomial. Parts mostly have one size,
 * so the power is worth keeping.
 */
function fullObject(algorithm: ChecksumAlgorithm, parts: readonly PartDigest[]): Buffer {
  const field = polynomials[algorithm]
  if (field === undefined) throw new Error(`${algorithm} cannot be combined`)
  const { polynomial, width } = field
  const powers = new Map<number, bigint>()
  let crc = 0n
  for (const { bytes, sizeBytes } of parts) {
    let power = powers.get(sizeBytes)
    if (power === undefined) {
      power = powerOfX(BigInt(sizeBytes) * 8n, polynomial, width)
      powers.set(sizeBytes, power)
    }
    crc = multiply(power, crc, polynomial, width) ^ BigInt(`0x${Buffer.from(bytes).toString('hex')}`)
  }
  return Buffer.from(crc.toString(16).padStart(width / 4, '0'), 'hex')
}

/** Product of two polynomials over GF(2), modulo the third; the highest bit is the coefficient of x^0. */
function multiply(a: bigint, b: bigint, polynomial: bigint, width: number): bigint {
  let product = 0n
  for (let bit = BigInt(width - 1); bit >= 0n; bit -= 1n) {
    if ((a >> bit) & 1n) product ^= b
    b = b & 1n ? (b >> 1n) ^ polynomial : b >> 1n
  }
  return product
}

function powerOfX(exponent: bigint, polynomial: bigint, width: number): bigint {
  let result = 1n << BigInt(width - 1)
  let square = 1n << BigInt(width - 2)
  for (let left = exponent; left > 0n; left >>= 1n) {
    if (left & 1n) result = multiply(square, result, polynomial, width)
    square = multiply(square, square, polynomial, width)
  }
  return result
}
