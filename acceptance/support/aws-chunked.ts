import { hmac, type Signature, sha256Hex } from './sigv4.ts'

// The framing of bodies that are signed chunk by chunk
// (https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html and .../sigv4-streaming-trailers.html).

export interface ChunkedOptions {
  /** Signature of the request, from which the chain of chunk signatures starts; absent for unsigned chunks. */
  readonly seed?: Signature
  /** A trailer such as `['x-amz-checksum-crc32', 'AAAAAA==']`. */
  readonly trailer?: readonly [name: string, value: string]
}

/** Frames a body of several chunks, with the signatures that belong to them. */
export function frameChunks(chunks: readonly Uint8Array[], { seed, trailer }: ChunkedOptions): Buffer {
  const parts: Uint8Array[] = []
  let previous = seed?.signature ?? ''
  const sign = (kind: 'PAYLOAD' | 'TRAILER', hashes: string) => {
    if (seed === undefined) return ''
    const { timestamp, scope, signingKey } = seed
    const toSign = `AWS4-HMAC-SHA256-${kind}\n${timestamp}\n${scope}\n${previous}\n${hashes}`
    previous = hmac(signingKey, toSign).toString('hex')
    return previous
  }
  for (const chunk of [...chunks, Buffer.alloc(0)]) {
    const signature = sign('PAYLOAD', `${sha256Hex('')}\n${sha256Hex(chunk)}`)
    const extension = signature === '' ? '' : `;chunk-signature=${signature}`
    parts.push(Buffer.from(`${chunk.length.toString(16)}${extension}\r\n`), chunk)
    if (chunk.length > 0) parts.push(Buffer.from('\r\n'))
  }
  if (trailer !== undefined) {
    const [name, value] = trailer
    parts.push(Buffer.from(`${name}:${value}\r\n`))
    const signature = sign('TRAILER', sha256Hex(`${name}:${value}\n`))
    if (signature !== '') parts.push(Buffer.from(`x-amz-trailer-signature:${signature}\r\n`))
  }
  parts.push(Buffer.from('\r\n'))
  return Buffer.concat(parts)
}
