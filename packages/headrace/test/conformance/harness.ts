import { randomBytes } from 'node:crypto'
import type { Body, BodyChecks, BodySummary, ByteSink, GetObjectInput, S3Error } from '@headrace/s3'
import { BodyVerifier } from '@headrace/s3'
import type { Principal, RequestContext } from '../../src/core/context.ts'
import type { ObjectStore } from '../../src/core/store.ts'

/** A store that is being tested, and how to get rid of it. */
export interface StoreUnderTest {
  readonly store: ObjectStore
  close(): Promise<void>
}

export function principal(name: string, isRoot = false): Principal {
  return { kind: 'owner', id: name.padEnd(64, '0'), displayName: name, accessKeyId: name, isRoot }
}

export function context(who: Principal = principal('alice')): RequestContext {
  return {
    requestId: 'test',
    principal: who,
    signal: new AbortController().signal,
    notes: {},
  }
}

/** A body as it comes from a client: in pieces, its size known or not. */
export function bodyOf(
  bytes: Uint8Array,
  options: { pieceBytes?: number; sizeKnown?: boolean; fails?: Error; checksum?: BodyChecks['checksum'] } = {},
): Body {
  const { pieceBytes = 65_536, sizeKnown = true, fails, checksum } = options
  return {
    sizeBytes: sizeKnown ? bytes.length : undefined,
    replayable: true,
    async readInto(sink: ByteSink, wants): Promise<BodySummary> {
      const checks = {
        payload: { kind: 'unsigned' },
        chunkSigner: undefined,
        sizeBytes: undefined,
        md5: undefined,
        checksum,
      } as const
      const verifier = new BodyVerifier(checks, sink, wants)
      for (let at = 0; at < bytes.length; at += pieceBytes) await verifier.write(bytes.subarray(at, at + pieceBytes))
      if (fails !== undefined) throw fails
      return verifier.finish()
    },
  }
}

/** Short forms of what tests do all the time. */
export function actions(store: ObjectStore, ctx: RequestContext = context()) {
  return {
    async put(bucket: string, key: string, bytes: Uint8Array | string, more: object = {}) {
      const body = bodyOf(Buffer.from(bytes as string))
      return await store.putObject({ bucket, key, body, content: {}, metadata: {}, tags: [], ...more }, ctx)
    },
    async get(bucket: string, key: string, more: Partial<GetObjectInput> = {}): Promise<Buffer> {
      const reader = await store.getObject({ bucket, key, ...more }, ctx)
      try {
        const chunks: Buffer[] = []
        await reader.readInto({
          write(chunk) {
            chunks.push(Buffer.from(chunk))
            return undefined
          },
        })
        return Buffer.concat(chunks)
      } finally {
        await reader.close()
      }
    },
    async list(bucket: string, more: object = {}) {
      const { objects } = await store.listObjectsV2(
        { bucket, prefix: '', delimiter: '', startAfter: '', maxKeys: 1000, ...more },
        ctx,
      )
      return objects.map(({ key }) => key)
    },
    async create(bucket: string) {
      await store.createBucket({ bucket, location: '' }, ctx)
    },
    async upload(bucket: string, key: string, more: object = {}) {
      const { uploadId } = await store.createMultipartUpload(
        { bucket, key, content: {}, metadata: {}, tags: [], ...more },
        ctx,
      )
      return uploadId
    },
    async part(bucket: string, key: string, uploadId: string, partNumber: number, bytes: Uint8Array) {
      const { etag } = await store.uploadPart({ bucket, key, uploadId, partNumber, body: bodyOf(bytes) }, ctx)
      return { partNumber, etag }
    },
  }
}

export const mebibyte = 1024 * 1024
/** The smallest part that may be followed by another. */
export const partBytes = 5 * mebibyte

export function random(sizeBytes: number): Buffer {
  return randomBytes(sizeBytes)
}

/** For `assert.rejects`: an S3 error of that code. */
export function code(expected: S3Error['code']): { name: string; code: string } {
  return { name: 'S3Error', code: expected }
}
