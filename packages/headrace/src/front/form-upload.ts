import {
  type AuthenticateOptions,
  authenticateForm,
  type Body,
  BodyVerifier,
  codecs,
  encodeFormReply,
  FormReader,
  type FormStart,
  formBoundary,
  formHeaders,
  formKey,
  limits,
  locationOf,
  parsePostPolicy,
  policySizeRange,
  Query,
  type Reply,
  type Resource,
  readBodyChecks,
  requirePolicy,
  S3Error,
} from '@headrace/s3'
import type { Principal } from '../core/context.ts'
import type { ObjectStore } from '../core/store.ts'
import { beginBody } from './request-body.ts'
import type { RequestState } from './request-state.ts'

export interface FormUploadOptions {
  readonly store: ObjectStore
  readonly authentication: AuthenticateOptions
  readonly principalOf: (accessKeyId: string | undefined) => Principal
  /** The bucket that the form was posted to. */
  readonly resource: Resource
  /** `http://host`, as the client addressed us. */
  readonly origin: string
}

/** A browser's form upload: a putObject whose parameters are fields of the form, and whose signature covers a policy. */
export async function handleFormUpload(state: RequestState, options: FormUploadOptions): Promise<Reply> {
  const { store, authentication, principalOf, resource, origin } = options
  const { bucket, isHosted } = resource
  beginBody(state)
  const reader = new FormReader(formBoundary(state.request.headers['content-type']))
  const chunks = state.request[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  const start = await readStart(state, reader, chunks)
  const accessKeyId = authenticateForm(start.fields, authentication)
  state.principal = principalOf(accessKeyId)
  const key = formKey(start)
  state.key = key
  const sizes = requireFormPolicy(start, { bucket, key, nowMs: authentication.nowMs })
  const headers = formHeaders(start)
  const body = formBody(state, { reader, chunks, headers, sizes })
  const request = { bucket, key, query: Query.empty, headers, document: Buffer.alloc(0), body, origin }
  const output = await store.putObject(codecs.putObject.decode(request), state)
  const location = locationOf({ origin, isHosted, bucket, key })
  return encodeFormReply(output, start, { bucket, key, location })
}

async function readStart(state: RequestState, reader: FormReader, chunks: AsyncIterator<Buffer>): Promise<FormStart> {
  for (;;) {
    const { value: chunk, done } = await chunks.next()
    if (done) break
    state.bytesIn += chunk.length
    const start = reader.readFields(chunk)
    if (start !== undefined) return start
  }
  reader.finish()
  throw new S3Error('MalformedPOSTRequest')
}

function requireFormPolicy(
  { fields }: FormStart,
  { bucket, key, nowMs }: { bucket: string; key: string; nowMs: number },
) {
  const encoded = fields.get('policy')
  // Without a policy it is a form of nobody's, and authorization decides.
  if (encoded === undefined) return { min: 0, max: limits.putBytesMax }
  const policy = parsePostPolicy(encoded)
  requirePolicy(policy, new Map([...fields, ['bucket', bucket], ['key', key]]), nowMs)
  return policySizeRange(policy)
}

interface FormBodyParts {
  readonly reader: FormReader
  readonly chunks: AsyncIterator<Buffer>
  readonly headers: ReturnType<typeof formHeaders>
  readonly sizes: { readonly min: number; readonly max: number }
}

/** The file of the form as the body of the write. Its size is known at its end only. */
function formBody(state: RequestState, { reader, chunks, headers, sizes }: FormBodyParts): Body {
  const checks = readBodyChecks(headers, { payload: { kind: 'unsigned' } })
  return {
    sizeBytes: undefined,
    replayable: false,
    async readInto(sink, wants) {
      const verifier = new BodyVerifier({ ...checks, sizeBytes: undefined }, sink, wants)
      let sizeBytes = 0
      const limited = {
        write(chunk: Uint8Array) {
          sizeBytes += chunk.length
          if (sizeBytes > sizes.max) throw tooLarge(sizeBytes, sizes.max)
          return verifier.write(chunk)
        },
      }
      // What came with the last of the fields may be the beginning of the file.
      let wait = reader.readFile(Buffer.alloc(0), limited)
      for (;;) {
        if (wait !== undefined) await wait
        const { value: chunk, done } = await chunks.next()
        if (done) break
        state.bytesIn += chunk.length
        wait = reader.readFile(chunk, limited)
      }
      reader.finish()
      if (sizeBytes < sizes.min) {
        throw new S3Error('EntityTooSmall', {
          details: { ProposedSize: String(sizeBytes), MinSizeAllowed: String(sizes.min) },
        })
      }
      return verifier.finish()
    },
  }
}

function tooLarge(sizeBytes: number, max: number): S3Error {
  return new S3Error('EntityTooLarge', { details: { ProposedSize: String(sizeBytes), MaxSizeAllowed: String(max) } })
}
