import { S3Error } from './errors/s3-error.ts'
import type { Headers } from './headers.ts'

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
  /** Scheme, host and port of a target in absolute form. */
  readonly authority?: { readonly scheme: string; readonly host: string }
}

/**
 * Splits the target of a request line. It never goes through a URL parser, which would collapse `//` and `..`.
 * @throws S3Error InvalidURI for a target that is not a path, or a query that is not percent-encoded UTF-8
 */
export function parseTarget(target: string): RequestTarget {
  if (!target.startsWith('/')) return parseAbsolute(target)
  const mark = target.indexOf('?')
  if (mark < 0) return { rawPath: target, query: Query.empty }
  return { rawPath: target.slice(0, mark), query: parseQuery(target.slice(mark + 1)) }
}

/** Absolute form (RFC 9112, section 3.2.2): what proxies are sent. */
function parseAbsolute(target: string): RequestTarget {
  const match = /^(https?):\/\/([^/?]+)(.*)$/is.exec(target)
  if (match === null) throw new S3Error('InvalidURI', { details: { URI: target.slice(0, 1024) } })
  const [, scheme = '', host = '', path = ''] = match
  const authority = { scheme: scheme.toLowerCase(), host }
  return { ...parseTarget(path.startsWith('/') ? path : `/${path}`), authority }
}

/**
 * Of a target in absolute form and a Host header that differs, RFC 9112 lets the target count. But signatures cover the
 * Host header, and who wrote another one into the target is not known: such a request is refused.
 * @throws S3Error InvalidURI
 */
export function requireSameAuthority({ authority }: RequestTarget, headers: Headers): void {
  if (authority === undefined) return
  const defaultPort = authority.scheme === 'https' ? /:443$/ : /:80$/
  const plainHost = (host: string) => host.toLowerCase().replace(defaultPort, '')
  if (plainHost(authority.host) === plainHost(headers.get('host') ?? '')) return
  throw new S3Error('InvalidURI', {
    message: 'The host in the request target is not that of the Host header.',
    details: { URI: `${authority.scheme}://${authority.host.slice(0, 1024)}` },
  })
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
