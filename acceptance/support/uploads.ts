import assert from 'node:assert/strict'
import type { Reply } from './connection.ts'
import type { Endpoint } from './endpoint.ts'
import { pathOf, request, type S3Request } from './requests.ts'

/** An upload in parts that has begun. */
export interface Upload {
  readonly path: string
  readonly uploadId: string
}

export async function beginUpload(endpoint: Endpoint, bucket: string, key: string): Promise<Upload> {
  const path = pathOf(bucket, key)
  const begun = await request(endpoint, { method: 'POST', path, query: [['uploads', '']] })
  const uploadId = /<UploadId>(.*?)<\/UploadId>/.exec(begun.body.toString())?.[1]
  assert.ok(uploadId, begun.body.toString())
  return { path, uploadId }
}

/** The request that sends a part. */
export function partOf({ path, uploadId }: Upload, number: number, body: Uint8Array): S3Request {
  const query: [string, string][] = [
    ['partNumber', `${number}`],
    ['uploadId', uploadId],
  ]
  return { method: 'PUT', path, query, body }
}

export async function abortUpload(endpoint: Endpoint, { path, uploadId }: Upload): Promise<Reply> {
  return await request(endpoint, { method: 'DELETE', path, query: [['uploadId', uploadId]] })
}
