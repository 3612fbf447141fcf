import { hash } from 'node:crypto'
import { S3Error } from '../errors/s3-error.ts'
import { type Headers, isSendableHeader } from '../headers.ts'
import type { OperationName } from '../operations/operations.ts'
import { traitsOf } from '../operations/table.ts'
import { uriEncode, uriEncodePath } from '../target.ts'
import { parseXml, type XmlElement } from '../xml/reader.ts'
import type { ClientCodec, ClientInput, ClientOutput, ClientReply, ClientRequest } from './client-codec.ts'
import { decodeError, errorOf, unreadableReply } from './error.ts'

/** What an operation adds to its request: all else follows from its traits, and from the names in its input. */
export interface RequestParts {
  /** Of the query; those without a value are left out. */
  readonly parameters?: Readonly<Record<string, string | number | undefined>>
  /** Those without a value are left out. */
  readonly headers?: Readonly<Record<string, string | undefined>>
  readonly document?: string
}

/** A reply that is a success, its document parsed. */
export interface SuccessReply {
  readonly status: number
  readonly headers: Headers
  /** Without content for operations that expect no document. */
  readonly root: XmlElement
}

/** One operation, as the files of this folder describe it. */
export interface Description<N extends OperationName> {
  /** Names that the root of the document of a success may have; undefined when it has no document. */
  readonly root?: string | readonly string[]
  encode(input: ClientInput<N>): RequestParts
  /** Throws any S3Error when the reply is not what it should be. */
  decode(reply: SuccessReply, input: ClientInput<N>): ClientOutput<N>
}

/** What inputs of operations have in common, each of it where the operation has it. */
interface CommonInput {
  readonly bucket?: string
  readonly key?: string
  readonly versionId?: string
  readonly uploadId?: string
  readonly partNumber?: number
  readonly expectedBucketOwner?: string
}

const noDocument: XmlElement = { name: '', text: '', children: [] }

/** Makes the codec of an operation of its description. */
export function defineCodec<N extends OperationName>(operation: N, description: Description<N>): ClientCodec<N> {
  return {
    encode: (input) => encodeRequest(operation, input as CommonInput, description.encode(input)),
    decode(reply, input) {
      if (reply.status < 200 || reply.status >= 300) throw decodeError(reply, operation)
      try {
        return description.decode({ ...reply, root: readRoot(reply, operation, description.root) }, input)
      } catch (error) {
        // A document that we cannot read is a failure of who sent it, not of who asked.
        if (error instanceof S3Error && error.origin !== 'upstream') throw unreadableReply(reply, error)
        throw error
      }
    },
  }
}

function encodeRequest(operation: OperationName, input: CommonInput, parts: RequestParts): ClientRequest {
  const { method, scope, query = {} } = traitsOf(operation)
  const { bucket = '', key = '', versionId, uploadId, partNumber, expectedBucketOwner } = input
  const path = scope === 'service' ? '/' : `/${bucket}${scope === 'bucket' ? '' : `/${uriEncodePath(key)}`}`
  const fixed: Record<string, string> = {}
  for (const [name, value] of Object.entries(query)) fixed[name] = value === true ? '' : value
  const search = queryText({ ...fixed, uploadId, partNumber, versionId, ...parts.parameters })
  const named = { ...parts.headers, 'x-amz-expected-bucket-owner': expectedBucketOwner }
  const document = parts.document === undefined ? undefined : Buffer.from(parts.document, 'utf8')
  return {
    method,
    target: search === '' ? path : `${path}?${search}`,
    headers: [...flatHeaders(named), ...documentHeaders(document)],
    ...(document !== undefined && { document }),
  }
}

function queryText(parameters: Readonly<Record<string, string | number | undefined>>): string {
  let text = ''
  for (const [name, value] of Object.entries(parameters)) {
    if (value === undefined) continue
    text += `${text === '' ? '' : '&'}${name}${value === '' ? '' : `=${uriEncode(String(value))}`}`
  }
  return text
}

/** @throws S3Error InvalidArgument: a line end in a value could begin a header of its own */
function flatHeaders(named: Readonly<Record<string, string | undefined>>): string[] {
  const headers: string[] = []
  for (const [name, value] of Object.entries(named)) {
    if (value === undefined) continue
    if (!isSendableHeader(name, value)) {
      throw new S3Error('InvalidArgument', {
        message: 'A header cannot hold control characters, or characters that are no bytes.',
        details: { ArgumentName: name.slice(0, 256) },
      })
    }
    headers.push(name, value)
  }
  return headers
}

/** AWS asks for a digest of some documents, and every server takes this one of any. */
function documentHeaders(document: Uint8Array | undefined): string[] {
  if (document === undefined) return []
  return ['content-type', 'application/xml', 'content-md5', hash('md5', document, 'base64')]
}

/** @throws S3Error what an `<Error>` in the place of the document says; MalformedXML */
function readRoot(
  reply: ClientReply,
  operation: OperationName,
  expected: string | readonly string[] | undefined,
): XmlElement {
  if (expected === undefined) return noDocument
  const root = parseXml(reply.document)
  // CompleteMultipartUpload and copies begin their reply with 200 before they know how they will end.
  if (root.name === 'Error') throw errorOf(root, reply, operation)
  const names = typeof expected === 'string' ? [expected] : expected
  if (names.includes(root.name)) return root
  throw new S3Error('MalformedXML', `Expected <${names[0]}>, and got <${root.name}>.`)
}
