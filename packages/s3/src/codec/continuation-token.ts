import { S3Error } from '../errors/s3-error.ts'

/**
 * Continuation tokens are opaque to clients. Ours hold the name that a page ended with, so that a page needs no state
 * here; the first byte tells the version of the form.
 */
export function encodeToken(name: string): string {
  return Buffer.from(`1${name}`, 'utf8').toString('base64url')
}

/** @throws S3Error InvalidArgument for a token that we did not make */
export function decodeToken(token: string): string {
  const bytes = Buffer.from(token, 'base64url')
  const text = bytes.toString('utf8')
  if (!text.startsWith('1') || encodeToken(text.slice(1)) !== token) {
    throw new S3Error('InvalidArgument', {
      message: 'The continuation token provided is incorrect',
      details: { ArgumentName: 'continuation-token', ArgumentValue: token.slice(0, 256) },
    })
  }
  return text.slice(1)
}
