import { percentDecode } from '@headrace/s3'
import { AdminError } from './admin-error.ts'
import type { StoreAdminOperation } from './store-admin.ts'
import { apiPrefix, storeOperations } from './store-operations.ts'

/** An operation that a request asks for, with the fields in its path. */
export interface MatchedOperation {
  readonly operation: StoreAdminOperation
  readonly fields: readonly (readonly [name: string, value: string])[]
}

const names = Object.keys(storeOperations) as StoreAdminOperation[]
const rows = names.map((operation) => ({
  operation,
  method: storeOperations[operation].method,
  segments: `${apiPrefix}${storeOperations[operation].path}`.split('/'),
}))

/**
 * @param rawPath as it came, percent-encoded
 * @throws AdminError NotFound; MethodNotAllowed, naming those that are
 */
export function matchStoreOperation(method: string, rawPath: string): MatchedOperation {
  const segments = rawPath.split('/')
  const fitting = rows.filter((row) => fits(row.segments, segments))
  const row = fitting.find((candidate) => candidate.method === method)
  if (row === undefined) {
    if (fitting.length === 0) throw new AdminError('NotFound', 'The admin API has nothing under this path.')
    const allowed = fitting.map((candidate) => candidate.method).join(', ')
    throw new AdminError('MethodNotAllowed', `This path is for ${allowed}.`)
  }
  const fields = row.segments.flatMap((segment, index) =>
    isField(segment) ? [[segment.slice(1, -1), decode(segments[index] as string)] as const] : [],
  )
  return { operation: row.operation, fields }
}

function fits(template: readonly string[], segments: readonly string[]): boolean {
  if (template.length !== segments.length) return false
  return template.every((part, index) => (isField(part) ? segments[index] !== '' : segments[index] === part))
}

function isField(segment: string): boolean {
  return segment.startsWith('{')
}

function decode(segment: string): string {
  try {
    return percentDecode(segment)
  } catch {
    throw new AdminError('InvalidRequest', 'The path is not percent-encoded UTF-8.')
  }
}
