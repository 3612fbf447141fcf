import { S3Error } from './errors/s3-error.ts'
import type { Headers } from './headers.ts'
import type { OperationName } from './operations/operations.ts'
import { type OperationTraits, operationTraits, type Scope, unservedSubresources } from './operations/table.ts'
import { percentDecode, type Query, type RequestTarget, requireSameAuthority } from './target.ts'

/** What a target and a host address. Names are decoded, and not yet held against any rule. */
export interface Resource {
  readonly scope: Scope
  /** Empty for the service. */
  readonly bucket: string
  /** Empty for the service and for buckets. */
  readonly key: string
  /** True when the host, not the path, names the bucket. */
  readonly isHosted: boolean
}

/**
 * Reads bucket and key from the host (virtual-host style, when the host ends in one of `domains`) or from the path.
 * @param host value of the Host header, port included
 * @param domains lower-case base domains, such as `s3.example.com`
 * @throws S3Error InvalidURI when the path is not percent-encoded UTF-8
 */
export function matchResource(host: string, rawPath: string, domains: readonly string[]): Resource {
  const hosted = bucketOfHost(host, domains)
  if (hosted !== undefined) {
    const key = percentDecode(rawPath.slice(1))
    return { scope: key === '' ? 'bucket' : 'object', bucket: hosted, key, isHosted: true }
  }
  if (rawPath === '/') return { scope: 'service', bucket: '', key: '', isHosted: false }
  const slash = rawPath.indexOf('/', 1)
  if (slash < 0) return { scope: 'bucket', bucket: percentDecode(rawPath.slice(1)), key: '', isHosted: false }
  const bucket = percentDecode(rawPath.slice(1, slash))
  const key = percentDecode(rawPath.slice(slash + 1))
  return { scope: key === '' ? 'bucket' : 'object', bucket, key, isHosted: false }
}

function bucketOfHost(host: string, domains: readonly string[]): string | undefined {
  if (domains.length === 0) return undefined
  const name = host.replace(/:\d+$/, '').toLowerCase()
  // With the domains example.com and s3.example.com, the host s3.example.com names no bucket `s3`, and the host
  // photos.s3.example.com no bucket `photos.s3`: a domain comes before a bucket, and the longest one first.
  if (domains.includes(name)) return undefined
  let bucket: string | undefined
  for (const domain of domains) {
    if (!name.endsWith(`.${domain}`)) continue
    const candidate = name.slice(0, name.length - domain.length - 1)
    if (bucket === undefined || candidate.length < bucket.length) bucket = candidate
  }
  return bucket
}

/** The operation that a request means. */
export interface Match {
  readonly operation: OperationName
  /** True for a browser's form upload (`POST` of multipart/form-data to a bucket), which is a putObject in other clothes. */
  readonly isForm: boolean
}

interface Row {
  readonly operation: OperationName
  readonly query: readonly [string, string | true][]
  readonly header: string | undefined
}

/** Rows by method and scope, those that ask for most first: the first row that fits is the operation. */
const rowsByMethodAndScope = new Map<string, Row[]>()
for (const [operation, traits] of Object.entries(operationTraits) as [OperationName, OperationTraits][]) {
  const place = `${traits.method} ${traits.scope}`
  const rows = rowsByMethodAndScope.get(place) ?? []
  rows.push({ operation, query: Object.entries(traits.query ?? {}), header: traits.header })
  rows.sort((a, b) => demands(b) - demands(a))
  rowsByMethodAndScope.set(place, rows)
}

function demands(row: Row): number {
  return row.query.length * 2 + (row.header === undefined ? 0 : 1)
}

/** Query parameters that name an operation by being there, by the scope of that operation. */
const subresources: Readonly<Record<Scope, Set<string>>> = {
  service: new Set(),
  bucket: new Set(Object.keys(unservedSubresources.bucket)),
  object: new Set(Object.keys(unservedSubresources.object)),
}
for (const { scope, query = {} } of Object.values<OperationTraits>(operationTraits)) {
  for (const [name, value] of Object.entries(query)) if (value === true) subresources[scope].add(name)
}
const everySubresource = new Set(Object.values(subresources).flatMap((names) => [...names]))

/**
 * Finds the one operation that a request means.
 * @throws S3Error NotImplemented, naming the operation, when S3 has it and we do not; MethodNotAllowed when nobody has
 *   it; InvalidArgument for half the address of a part; InvalidURI when target and Host name different hosts
 */
export function matchOperation(method: string, scope: Scope, target: RequestTarget, headers: Headers): Match {
  requireSameAuthority(target, headers)
  const { query } = target
  if (scope !== 'service' && query.parameters.length > 0) refuseUnserved(method, scope, query)
  for (const row of rowsByMethodAndScope.get(`${method} ${scope}`) ?? []) {
    if (row.header !== undefined && !headers.has(row.header)) continue
    if (row.query.every(([name, value]) => (value === true ? query.has(name) : query.get(name) === value))) {
      if (row.operation === 'putObject' || row.operation === 'copyObject') refuseHalfAPart(query)
      refuseStray(method, scope, query, row)
      return { operation: row.operation, isForm: false }
    }
  }
  if (method === 'POST' && scope === 'bucket') {
    refuseStray(method, scope, query, { operation: 'putObject', query: [] })
    if (/^multipart\/form-data\b/i.test(headers.get('content-type') ?? '')) {
      return { operation: 'putObject', isForm: true }
    }
    throw new S3Error(
      'MalformedPOSTRequest',
      'A POST to a bucket is a form upload, and its Content-Type is multipart/form-data.',
    )
  }
  if (method === 'OPTIONS') throw preflightRefusal(headers)
  throw methodNotAllowed(method, scope)
}

/**
 * `DELETE /photos/a?acl` deletes no ACL, for there is no such operation; and it is not to delete the object instead.
 * So a parameter that names an operation must be one that the chosen operation has. A write is held against those of
 * every scope: its path may have lost or gained a bucket on the way.
 */
function refuseStray(method: string, scope: Scope, query: Query, row: Pick<Row, 'operation' | 'query'>): void {
  const { operation } = row
  const names = operationTraits[operation].effect === 'write' ? everySubresource : subresources[scope]
  for (const { name } of query.parameters) {
    if (!names.has(name) || row.query.some(([asked]) => asked === name)) continue
    // A read of one part of an object is a read of the object.
    if (name === 'partNumber' && (operation === 'getObject' || operation === 'headObject')) continue
    throw methodNotAllowed(method, scope, `No operation has the method ${method} and the query parameter ${name} here.`)
  }
}

function methodNotAllowed(method: string, scope: Scope, message?: string): S3Error {
  const details = { Method: method, ResourceType: scope.toUpperCase() }
  return new S3Error('MethodNotAllowed', { ...(message !== undefined && { message }), details })
}

/** A PUT of a part whose address is not complete would overwrite the whole object. */
function refuseHalfAPart(query: Query): void {
  for (const name of ['uploadId', 'partNumber']) {
    if (query.has(name)) {
      throw new S3Error('InvalidArgument', {
        message: 'A part needs both the uploadId and the partNumber query parameter.',
        details: { ArgumentName: name, ArgumentValue: query.get(name)?.slice(0, 256) ?? '' },
      })
    }
  }
}

/** No bucket has CORS rules as long as nobody can give it any: what AWS answers then. */
function preflightRefusal(headers: Headers): S3Error {
  if (!headers.has('origin')) {
    return new S3Error('BadRequest', 'Insufficient information. Origin request header needed.')
  }
  if (!headers.has('access-control-request-method')) {
    return new S3Error('BadRequest', 'Invalid Access-Control-Request-Method: null')
  }
  return new S3Error('AccessForbidden')
}

const verbs = new Map(Object.entries({ GET: 'Get', HEAD: 'Head', PUT: 'Put', POST: 'Post', DELETE: 'Delete' }))

function refuseUnserved(method: string, scope: 'bucket' | 'object', query: Query): void {
  const names = unservedSubresources[scope]
  for (const { name } of query.parameters) {
    const unserved = names[name]
    if (unserved !== undefined && Object.hasOwn(names, name)) {
      throw notImplemented(`${verbs.get(method) ?? method}${unserved}`)
    }
  }
}

function notImplemented(what: string): S3Error {
  return new S3Error('NotImplemented', { message: `${what} is not implemented.`, details: { Header: what } })
}
