import { S3Error } from '../errors/s3-error.ts'
import { type S3ErrorCode, s3Errors } from '../errors/table.ts'
import type { Headers } from '../headers.ts'
import { limits } from '../limits.ts'
import type { OperationName } from '../operations/operations.ts'
import { traitsOf } from '../operations/table.ts'
import { childText, parseXml, type XmlElement } from '../xml/reader.ts'
import type { ClientReply } from './client-codec.ts'

/** Codes of others that mean what one of ours does. */
const aliases: Readonly<Record<string, S3ErrorCode>> = {
  BucketAlreadyOwnedByYou: 'BucketAlreadyExists',
  OperationAborted: 'ConditionalRequestConflict',
  InvalidPartNumber: 'InvalidPart',
  NoSuchVersionId: 'NoSuchVersion',
  RequestLimitExceeded: 'SlowDown',
  Throttling: 'SlowDown',
  ThrottlingException: 'SlowDown',
  TooManyRequests: 'SlowDown',
}

/** Codes of replies that name none, or none that we know, by their status. */
const codesByStatus: Readonly<Record<number, S3ErrorCode>> = {
  304: 'NotModified',
  400: 'InvalidRequest',
  401: 'AccessDenied',
  403: 'AccessDenied',
  405: 'MethodNotAllowed',
  408: 'RequestTimeout',
  409: 'ConditionalRequestConflict',
  411: 'MissingContentLength',
  412: 'PreconditionFailed',
  413: 'EntityTooLarge',
  416: 'InvalidRange',
  429: 'SlowDown',
  431: 'RequestHeaderSectionTooLarge',
  501: 'NotImplemented',
  502: 'ServiceUnavailable',
  503: 'ServiceUnavailable',
  504: 'ServiceUnavailable',
  507: 'InsufficientStorage',
}

/** Headers that say more of a failure, and are meant for whoever asked. */
const tellingHeaders = [
  'etag',
  'last-modified',
  'content-range',
  'retry-after',
  'x-amz-version-id',
  'x-amz-delete-marker',
] as const

/** Elements of an error document that are not details, or are told in another way. */
const notDetails = new Set(['Code', 'Message', 'Resource', 'RequestId', 'HostId'])
const detailsMax = 16

/** The error that a reply without success is: from its document, or by its status when there is none to be read. */
export function decodeError(reply: ClientReply, operation: OperationName): S3Error {
  return errorOf(readErrorDocument(reply.document), reply, operation)
}

/** What cannot be read, a page of some proxy for one, says nothing: the status does. */
function readErrorDocument(document: Uint8Array): XmlElement | undefined {
  if (document.length === 0) return undefined
  try {
    const root = parseXml(document)
    if (root.name === 'Error') return root
    return root.children.find(({ name }) => name === 'Error')
  } catch {
    return undefined
  }
}

/** The error that an `<Error>` tells of. */
export function errorOf(document: XmlElement | undefined, reply: ClientReply, operation: OperationName): S3Error {
  const named = document && childText(document, 'Code')
  const known = named === undefined ? undefined : knownCode(named)
  const code = known ?? codeOfStatus(reply.status, operation)
  const details: Record<string, string> = {}
  for (const { name, text } of document?.children.slice(0, detailsMax) ?? []) {
    if (!notDetails.has(name) && text !== '') details[name] = text.slice(0, limits.errorTextCharactersMax)
  }
  if (named !== undefined && named !== code) details.UpstreamCode = named.slice(0, 256)
  const message = document && childText(document, 'Message')
  return new S3Error(code, {
    ...(message && { message: message.slice(0, limits.errorTextCharactersMax) }),
    origin: 'upstream',
    details: { ...details, ...requestId(reply.headers) },
    headers: tellingOf(reply.headers),
  })
}

function knownCode(name: string): S3ErrorCode | undefined {
  if (Object.hasOwn(s3Errors, name)) return name as S3ErrorCode
  return Object.hasOwn(aliases, name) ? aliases[name] : undefined
}

function codeOfStatus(status: number, operation: OperationName): S3ErrorCode {
  if (status === 404) return missing(operation)
  return codesByStatus[status] ?? (status >= 400 && status < 500 ? 'InvalidRequest' : 'InternalError')
}

/** What was not there, as far as a 404 without a document can be told: replies to HEAD have none. */
function missing(operation: OperationName): S3ErrorCode {
  const { scope, query } = traitsOf(operation)
  if (query !== undefined && Object.hasOwn(query, 'uploadId')) return 'NoSuchUpload'
  return scope === 'object' ? 'NoSuchKey' : 'NoSuchBucket'
}

function requestId(headers: Headers): { UpstreamRequestId?: string } {
  const id = headers.get('x-amz-request-id')
  return id === undefined ? {} : { UpstreamRequestId: id.slice(0, 256) }
}

function tellingOf(headers: Headers): Record<string, string> {
  const found: Record<string, string> = {}
  for (const name of tellingHeaders) {
    const value = headers.get(name)
    if (value !== undefined) found[name] = value
  }
  return found
}

/** The error for a success that is not what it should be. */
export function unreadableReply({ headers }: ClientReply, cause: Error): S3Error {
  return new S3Error('InternalError', {
    message: `The reply of the upstream cannot be read: ${cause.message}`,
    origin: 'upstream',
    details: requestId(headers),
    cause,
  })
}
