import { percentDecode } from '@headrace/s3'
import { AdminError } from './admin-error.ts'
import { type Area, areas } from './api-areas.ts'
import type { ApiOperation } from './api-operation.ts'

/** An operation that a request asks for, with the fields in its path. */
export interface MatchedOperation {
  readonly area: Area
  /** Its name. */
  readonly name: string
  readonly operation: ApiOperation
  readonly fields: readonly (readonly [name: string, value: string])[]
}

const rows = (Object.keys(areas) as Area[]).flatMap((area) =>
  Object.entries(areas[area].operations).map(([name, operation]) => ({
    area,
    name,
    operation,
    segments: `${areas[area].prefix}${operation.path}`.split('/'),
  })),
)

/** What is said of paths that this server has nothing under. */
const missing: Readonly<Record<Area, string>> = {
  store: 'This server has no drives: it stands in front of upstreams.',
  upstream: 'This server has no upstreams: it has a store on drives.',
  server: 'The admin API has nothing under this path.',
}

/**
 * @param rawPath as it came, percent-encoded
 * @param served areas that this server has
 * @throws AdminError NotFound; MethodNotAllowed, naming those that are
 */
export function matchOperation(method: string, rawPath: string, served: readonly Area[]): MatchedOperation {
  const segments = rawPath.split('/')
  const known = rows.filter((row) => fits(row.segments, segments))
  const fitting = known.filter(({ area }) => served.includes(area))
  const row = fitting.find(({ operation }) => operation.method === method)
  if (row === undefined) {
    if (fitting.length === 0) throw new AdminError('NotFound', missing[known[0]?.area ?? 'server'])
    const allowed = fitting.map(({ operation }) => operation.method).join(', ')
    throw new AdminError('MethodNotAllowed', `This path is for ${allowed}.`)
  }
  const fields = row.segments.flatMap((segment, index) =>
    isField(segment) ? [[segment.slice(1, -1), decode(segments[index] as string)] as const] : [],
  )
  return { area: row.area, name: row.name, operation: row.operation, fields }
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
