import { S3Error } from '../errors/s3-error.ts'
import type { Headers } from '../headers.ts'

/**
 * The host and every `x-amz-*` header must be covered by the signature, or a man in the middle could change what a
 * request means. Counting suffices as long as all is well, which is why names are compared only after it is not.
 * @param signedHeaders lower case, sorted
 * @throws S3Error AccessDenied, naming what is not covered
 */
export function requireSigned(headers: Headers, signedHeaders: readonly string[]): void {
  let hasHost = false
  let coveredCount = 0
  for (let index = 0; index < signedHeaders.length; index += 1) {
    const name = signedHeaders[index] as string
    if (name === 'host') hasHost = true
    else if (isAmz(name) && name !== signedHeaders[index - 1] && headers.has(name)) coveredCount += 1
  }
  if (!hasHost) throw new S3Error('AccessDenied', 'The host header must be among the signed headers.')
  let sentCount = 0
  for (const name of headers.names()) if (isAmz(name)) sentCount += 1
  if (sentCount === coveredCount) return
  const covered = new Set(signedHeaders)
  const uncovered = [...headers.names()].filter((name) => isAmz(name) && !covered.has(name))
  throw new S3Error('AccessDenied', {
    message: 'There were headers present in the request which were not signed',
    details: { HeadersNotSigned: uncovered.join(', ') },
  })
}

function isAmz(name: string): boolean {
  return name.startsWith('x-amz-')
}
