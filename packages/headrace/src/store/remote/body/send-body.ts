import { type Body, type BodySummary, type ByteSink, S3Error } from '@headrace/s3'
import { attemptErrorOf } from '../../../core/attempt.ts'
import type { RequestContext } from '../../../core/context.ts'
import type { RemoteParts } from '../remote-parts.ts'
import type { Upload } from '../upstream-caller.ts'
import type { KeptBody } from './kept-bodies.ts'
import { uploadKept, uploadStream } from './prepare-upload.ts'

/** Makes the request that carries a body. */
export type Send<T> = (upload: Upload) => Promise<T>

/** What was answered, and what the body turned out to be. */
export interface Sent<T> {
  readonly output: T
  readonly summary: BodySummary
}

type BodyParts = Pick<RemoteParts, 'policy' | 'kept'>

/**
 * Sends a body of a known size: a small one from memory, which is found to be good before anything of it leaves, a large
 * one as it comes.
 */
export async function sendBody<T>(
  parts: BodyParts,
  body: Body & { readonly sizeBytes: number },
  ctx: RequestContext,
  send: Send<T>,
): Promise<Sent<T>> {
  const { kept, policy } = parts
  const { sizeBytes } = body
  const before = kept.find(body)
  if (before !== undefined) return await sendKept(parts, body, before, send)
  if (sizeBytes <= policy.limits.keptBodyBytesMax && kept.hold(sizeBytes)) {
    try {
      return await sendKept(parts, body, await readWhole(body), send)
    } finally {
      kept.release(sizeBytes)
    }
  }
  const upload = uploadStream(body, sizeBytes, policy, () => {
    kept.spend(body)
    if (ctx.attempt !== undefined) ctx.attempt.isBodyTouched = true
  })
  const output = await send(upload)
  return { output, summary: upload.summary() }
}

/** Sends a body from memory. It stays there as long as another attempt may come for it. */
export async function sendKept<T>(
  { kept, policy }: BodyParts,
  body: Body,
  found: KeptBody,
  send: Send<T>,
): Promise<Sent<T>> {
  kept.keep(body, found)
  try {
    const output = await send(uploadKept(found, policy))
    kept.forget(body)
    return { output, summary: found.summary }
  } catch (error) {
    if (attemptErrorOf(error) === undefined) kept.forget(body)
    throw error
  }
}

async function readWhole(body: Body & { readonly sizeBytes: number }): Promise<KeptBody> {
  const bytes = Buffer.allocUnsafe(body.sizeBytes)
  let filled = 0
  const sink: ByteSink = {
    write(chunk) {
      if (filled + chunk.length > bytes.length) {
        throw new S3Error('IncompleteBody', 'The request body holds more bytes than were announced.')
      }
      bytes.set(chunk, filled)
      filled += chunk.length
      return undefined
    },
  }
  const summary = await body.readInto(sink)
  if (filled < bytes.length) throw new S3Error('IncompleteBody')
  return { bytes, summary }
}
