import type { AccessRecord } from '../../src/core/access-record.ts'

/** The record of a request that went well, but for what is given. */
export function finishedRequest(more: Partial<AccessRecord> = {}): AccessRecord {
  const nothing = undefined
  return {
    time: '2026-01-01T00:00:00.000Z',
    requestId: 'REQUEST',
    operation: 'getObject',
    method: 'GET',
    host: 'localhost',
    bucket: nothing,
    key: nothing,
    versionId: nothing,
    status: 200,
    errorCode: nothing,
    bytesIn: 0,
    bytesOut: 0,
    rangeStart: nothing,
    rangeLength: nothing,
    objectSize: nothing,
    etag: nothing,
    firstByteMs: 1,
    totalMs: 2,
    clientIp: nothing,
    userAgent: nothing,
    accessKeyId: nothing,
    owner: nothing,
    uploadId: nothing,
    partNumber: nothing,
    conditions: nothing,
    checksumAlgorithm: nothing,
    cache: nothing,
    store: nothing,
    upstream: nothing,
    attempts: nothing,
    hedged: nothing,
    resumed: nothing,
    trail: nothing,
    worker: 1,
    ...more,
  }
}
