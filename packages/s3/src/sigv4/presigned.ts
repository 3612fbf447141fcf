import type { Query } from '../target.ts'

/** Whether the query of a request is meant to sign it with SigV4. */
export function isSigV4Presigned(query: Query): boolean {
  return query.parameters.length > 0 && (query.has('X-Amz-Algorithm') || query.has('X-Amz-Signature'))
}
