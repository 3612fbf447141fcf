import type { Query } from '../target.ts'

/** Whether the query of a request is meant to sign it with signature version 2. */
export function isSigV2Presigned(query: Query): boolean {
  return query.parameters.length > 0 && (query.has('AWSAccessKeyId') || query.has('Signature'))
}
