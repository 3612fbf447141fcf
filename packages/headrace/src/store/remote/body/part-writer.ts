import type { PutObjectInput, RequestedPart } from '@headrace/s3'
import type { RequestContext } from '../../../core/context.ts'
import type { RemoteParts } from '../remote-parts.ts'
import { uploadKept } from './prepare-upload.ts'

/** Writes an object as an upload of several parts, which begins with the first of them. */
export class PartWriter {
  readonly #parts: RemoteParts
  readonly #input: PutObjectInput
  readonly #ctx: RequestContext
  readonly #written: RequestedPart[] = []
  #uploadId: string | undefined

  constructor(parts: RemoteParts, input: PutObjectInput, ctx: RequestContext) {
    this.#parts = parts
    this.#input = input
    this.#ctx = ctx
  }

  async write(bytes: Uint8Array): Promise<void> {
    const { caller, policy } = this.#parts
    const { bucket, key, content, metadata, tags, storageClass, acl } = this.#input
    this.#uploadId ??= (
      await caller.call('createMultipartUpload', { bucket, key, content, metadata, tags, storageClass, acl }, this.#ctx)
    ).uploadId
    const partNumber = this.#written.length + 1
    const place = { bucket, key, uploadId: this.#uploadId, partNumber }
    const upload = uploadKept({ bytes, summary: { sizeBytes: bytes.length } }, policy)
    const { etag } = await caller.call('uploadPart', place, this.#ctx, upload)
    this.#written.push({ partNumber, etag })
  }

  async complete(): Promise<{ readonly etag: string; readonly versionId?: string }> {
    const { bucket, key, conditions } = this.#input
    const input = { bucket, key, uploadId: this.#uploadId ?? '', parts: this.#written, conditions }
    return await this.#parts.caller.call('completeMultipartUpload', input, this.#ctx)
  }

  /** Takes back what was written. The client may be gone already; what cannot be reached stays for the upstream to expire. */
  async abort(): Promise<void> {
    if (this.#uploadId === undefined) return
    const { bucket, key } = this.#input
    const ctx = { ...this.#ctx, signal: new AbortController().signal, avoid: undefined, attempt: undefined }
    await this.#parts.caller
      .call('abortMultipartUpload', { bucket, key, uploadId: this.#uploadId }, ctx)
      .catch(() => {})
  }
}
