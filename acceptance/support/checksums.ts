import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'

/** Checksums as S3 writes them in headers and trailers, of the algorithms that Node brings along. */
export const checksums = {
  crc32(data: Uint8Array): string {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32BE(crc32(data))
    return bytes.toString('base64')
  },
  sha1: (data: Uint8Array): string => createHash('sha1').update(data).digest('base64'),
  sha256: (data: Uint8Array): string => createHash('sha256').update(data).digest('base64'),
} as const

export function contentMd5(data: Uint8Array): string {
  return createHash('md5').update(data).digest('base64')
}
