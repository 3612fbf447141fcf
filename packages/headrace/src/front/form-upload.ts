import {
  type AuthenticateOptions,
  authenticateForm,
  type Body,
  BodyVerifier,
  codecs,
  encodeFormReply,
  type FormStart,
  formBoundary,
  formHeaders,
  formKey,
  type Headers,
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
import type { Clock } from '../core/runtime.ts'
import type { ObjectStore } from '../core/store.ts'
import { FormStream } from './form-stream.ts'
import type { RequestState } from './request-state.ts'

export interface FormUploadOptions {
  readonly store: ObjectStore
  readonly clock: Clock
  readonly authentication: AuthenticateOptions
  readonly principalOf: (accessKeyId: string | undefined) => Principal
  /** The bucket that the form was posted to. */
  readonly resource: Resource
  /** `http://host`, as the client addressed us. */
  readonly origin: string
}

/** A browser's form upload: a putObject whose parameters are fields of the form, and whose signature covers a policy. */
export async function handleFormUpload(state: RequestState, options: FormUploadOptions): Promise<Reply> {
  const form = new FormStream(state, formBoundary(state.request.headers['content-type']), options.clock)
  try {
    return await storeForm(state, form, options)
  } catch (error) {
    await form.stop(error)
    throw error
  }
}

async function storeForm(state: RequestState, form: FormStream, options: FormUploadOptions): Promise<Reply> {
  const { store, authentication, principalOf, resource, origin } = options
  const { bucket, isHosted } = resource
  const start = await form.start
  const accessKeyId = authenticateForm(start.fields, authentication)
  state.principal = principalOf(accessKeyId)
  const key = formKey(start)
  state.key = key
  const sizes = requireFormPolicy(start, { bucket, key, nowMs: authentication.nowMs })
  const headers = formHeaders(start)
  const body = formBody(form, headers, sizes)
  const request = { bucket, key, query: Query.empty, headers, document: Buffer.alloc(0), body, origin }
  const output = await store.putObject(codecs.putObject.decode(request), state)
  const location = locationOf({ origin, isHosted, bucket, key })
  return encodeFormReply(output, start, { bucket, key, location })
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

/** The file of the form as the body of the write. Its size is known at its end only. */
function formBody(form: FormStream, headers: Headers, sizes: { min: number; max: number }): Body {
  const checks = readBodyChecks(headers, { payload: { kind: 'unsigned' } })
  return {
    sizeBytes: undefined,
    replayable: false,
    async readInto(sink, wants) {
      const verifier = new BodyVerifier({ ...checks, sizeBytes: undefined }, sink, wants)
      let sizeBytes = 0
      await form.readFile({
        write(chunk) {
          sizeBytes += chunk.length
          if (sizeBytes > sizes.max) throw tooLarge(sizeBytes, sizes.max)
          return verifier.write(chunk)
        },
      })
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
