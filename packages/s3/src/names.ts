import { S3Error } from './errors/s3-error.ts'
import { limits } from './limits.ts'

const ipv4 = /^\d{1,3}(\.\d{1,3}){3}$/

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
export function isBucketName(name: string): boolean {
  return /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) && !name.includes('..') && !ipv4.test(name)
}

/** @throws S3Error InvalidBucketName */
export function requireBucketName(name: string): void {
  if (!isBucketName(name)) throw new S3Error('InvalidBucketName', { details: { BucketName: name.slice(0, 255) } })
}

/**
 * A key is any Unicode text of 1 to 1,024 UTF-8 bytes, but for NUL: the index ends keys with it, and no client was seen
 * to use it.
 * @throws S3Error KeyTooLongError or InvalidArgument
 */
export function requireKey(key: string): void {
  if (key.length * 3 > limits.keyBytesMax && Buffer.byteLength(key) > limits.keyBytesMax) {
    throw new S3Error('KeyTooLongError', {
      details: { Size: String(Buffer.byteLength(key)), MaxSizeAllowed: String(limits.keyBytesMax) },
    })
  }
  if (key.includes('\0')) {
    throw new S3Error('InvalidArgument', { message: 'A key cannot hold NUL.', details: { ArgumentName: 'Key' } })
  }
}
