import { type Body, type ClientOutput, type PutObjectInput, type PutObjectOutput, S3Error } from '@headrace/s3'
import type { RequestContext } from '../../../core/context.ts'
import { type RemoteParts, requireHeld } from '../remote-parts.ts'
import { notSupported } from '../store-errors.ts'
import { Gatherer } from './gatherer.ts'
import { PartWriter } from './part-writer.ts'
import { type Send, type Sent, sendKept } from './send-body.ts'

/** Where a body goes that does not fit into memory. */
export interface Longer<T> {
  /** Takes a piece that more will follow. */
  write(piece: Uint8Array): Promise<void>
  /** Takes the last piece, of a body that was found to be good. */
  complete(rest: Uint8Array): Promise<T>
}

/**
 * A body whose length nobody knows, as of forms and of clients that send in chunks of HTTP: S3 takes none such, so it is
 * gathered in memory. One that fits is sent as if its length had been known.
 * @throws S3Error SlowDown when too much of the memory is taken by others
 */
export async function sendUnsized<T>(
  parts: Pick<RemoteParts, 'policy' | 'kept'>,
  body: Body,
  ctx: RequestContext,
  { send, longer }: { send: Send<T>; longer: Longer<T> },
): Promise<Sent<T>> {
  const { kept, policy } = parts
  const before = kept.find(body)
  if (before !== undefined) return await sendKept(parts, body, before, send)
  const pieceBytes = policy.limits.gatheredBytesMax
  if (!kept.hold(pieceBytes)) {
    throw new S3Error('SlowDown', {
      headers: { 'retry-after': '1' },
      details: { Reason: 'Too many bodies of unknown length at once. Send a Content-Length.' },
    })
  }
  try {
    kept.spend(body)
    if (ctx.attempt !== undefined) ctx.attempt.isBodyTouched = true
    let isLonger = false
    const gatherer = new Gatherer(pieceBytes, (piece) => {
      isLonger = true
      return longer.write(piece)
    })
    const summary = await body.readInto(gatherer)
    if (isLonger) return { output: await longer.complete(gatherer.rest), summary }
    // All of it is here: another attempt finds it.
    if (ctx.attempt !== undefined) ctx.attempt.isBodyTouched = false
    return await sendKept(parts, body, { bytes: gatherer.rest, summary }, send)
  } finally {
    kept.release(pieceBytes)
  }
}

/** An object whose length nobody knows. A long one becomes an upload of several parts, and its ETag is that of one. */
export async function putUnsized(
  parts: RemoteParts,
  input: PutObjectInput,
  ctx: RequestContext,
): Promise<PutObjectOutput> {
  const { caller, policy } = parts
  const writer = new PartWriter(parts, input, ctx)
  const longer = {
    async write(piece: Uint8Array) {
      requireHeld(policy.ledger, 'complete', input.conditions)
      if (policy.unkeptChecksums === 'refuse' && input.body.checksum !== undefined) {
        throw notSupported('The checksum of a body of unknown length cannot be kept')
      }
      await writer.write(piece)
    },
    async complete(rest: Uint8Array) {
      await writer.write(rest)
      return await writer.complete()
    },
  }
  try {
    const send: Send<ClientOutput<'putObject'>> = (upload) => caller.call('putObject', input, ctx, upload)
    const { output, summary } = await sendUnsized(parts, input.body, ctx, { send, longer })
    return { ...output, sizeBytes: summary.sizeBytes }
  } catch (error) {
    await writer.abort()
    throw error
  }
}

/** A part has no parts: it must fit. */
export const noLonger: Longer<never> = {
  write: refuseLonger,
  complete: refuseLonger,
}

async function refuseLonger(): Promise<never> {
  throw new S3Error('MissingContentLength', 'A part that is this large needs a Content-Length.')
}
