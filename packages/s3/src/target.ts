import { S3Error } from './errors/s3-error.ts'

/** One query parameter, decoded. Without `=` its value is empty. */
export interface QueryParameter {
  readonly name: string
  readonly value: string
}

/** Query parameters in the order in which they came. */
export class Query {
  static readonly empty = new Query([])
  readonly parameters: readonly QueryParameter[]

  constructor(parameters: readonly QueryParameter[]) {
    this.parameters = parameters
  }

  /** Value of the first parameter of that name. */
  get(name: string): string | undefined {
    for (const parameter of this.parameters) if (parameter.name === name) return parameter.value
    return undefined
  }

  /** Values of every parameter of that name, in order. */
  getAll(name: string): string[] {
    return this.parameters.filter((parameter) => parameter.name === name).map(({ value }) => value)
  }

  has(name: string): boolean {
    return this.get(name) !== undefined
  }
}

/** A request target, split but not normalised: dots and double slashes are parts of S3 keys. */
export interface RequestTarget {
  /** As it came, still percent-encoded, with its leading slash. */
  readonly rawPath: string
  readonly query: Query
}

/**
 * Splits the target of a request line. It never goes through a URL parser, which would collapse `//` and `..`.
 * @throws S3Error InvalidURI for a target that is not a path, or a query that is not percent-encoded UTF-8
 */
export function parseTarget(target: string): RequestTarget {
  // Absolute form (RFC 9112, section 3.2.2): what proxies are sent. The authority is in the Host header as well.
  const path = target.startsWith('/') ? target : target.replace(/^https?:\/\/[^/?]*/i, '')
  if (!path.startsWith('/') && !path.startsWith('?') && path !== '') {
    throw new S3Error('InvalidURI', { details: { URI: target.slice(0, 1024) } })
  }
  const mark = path.indexOf('?')
  if (mark < 0) return { rawPath: path === '' ? '/' : path, query: Query.empty }
  return { rawPath: mark === 0 ? '/' : path.slice(0, mark), query: parseQuery(path.slice(mark + 1)) }
}

function parseQuery(text: string): Query {
  const parameters: QueryParameter[] = []
  for (const pair of text.split('&')) {
    if (pair === '') continue
    const equals = pair.indexOf('=')
    const name = equals < 0 ? pair : pair.slice(0, equals)
    const value = equals < 0 ? '' : pair.slice(equals + 1)
    parameters.push({ name: decodeQueryText(name), value: decodeQueryText(value) })
  }
  return new Query(parameters)
}

/** Query strings are form-encoded: a plus is a space (https://url.spec.whatwg.org/#application/x-www-form-urlencoded). */
function decodeQueryText(text: string): string {
  return percentDecode(text.includes('+') ? text.replaceAll('+', ' ') : text)
}

const plain = /^[A-Za-z0-9\-._~/:@!$&'()*,;=]*$/

/**
 * Decodes percent-encoded UTF-8. Bytes above 0x7f that came undecoded are taken as UTF-8 too: Node hands them over as
 * latin1 characters, and some clients do send them.
 * @throws S3Error InvalidURI for a broken `%` sequence or invalid UTF-8
 */
export function percentDecode(text: string): string {
  if (plain.test(text)) return text
  try {
    return decodeURIComponent(/[\x80-\xff]/.test(text) ? text.replace(/[\x80-\xff]+/g, escapeLatin1) : text)
  } catch {
    throw new S3Error('InvalidURI', {
      details: { URI: text.slice(0, 1024), Reason: 'A percent sign is not an escape, or the escapes are not UTF-8.' },
    })
  }
}

function escapeLatin1(run: string): string {
  let escaped = ''
  for (const character of run) escaped += `%${character.charCodeAt(0).toString(16)}`
  return escaped
}

const unreserved = /^[A-Za-z0-9\-._~]*$/
const unreservedPath = /^[A-Za-z0-9\-._~/]*$/

/**
 * Percent-encodes as SigV4 does: every UTF-8 byte but the unreserved characters `A-Za-z0-9-._~`.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function uriEncode(text: string): string {
  if (unreserved.test(text)) return text
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
}

/** The same for a path, or a name in a listing with `encoding-type=url`: slashes stay. */
export function uriEncodePath(path: string): string {
  if (unreservedPath.test(path)) return path
  return uriEncode(path).replaceAll('%2F', '/')
}
