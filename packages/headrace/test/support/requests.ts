import { type Credentials, presign, signRequest } from '@headrace/s3'
import { systemClock } from '../../src/core/runtime.ts'

/** Pairs that are good on the fronts of tests. */
export const keys = [
  { accessKeyId: 'ROOTKEY', secretKey: 'the secret of root', owner: 'root' },
  { accessKeyId: 'ALICEKEY', secretKey: 'the secret of alice', owner: 'alice' },
  { accessKeyId: 'BOBKEY', secretKey: 'the secret of bob', owner: 'bob' },
] as const
export const [root, alice, bob] = keys

export interface RequestOptions {
  readonly method?: string
  /** Path and query, percent-encoded. */
  readonly target: string
  /** Names and values in turn. */
  readonly headers?: readonly string[]
  readonly body?: Uint8Array | string
  /** Undefined signs nothing. */
  readonly as?: Credentials | undefined
  readonly payloadHash?: string
}

/** The headers of a request, `host` and signature among them. */
export function headersOf(port: number, options: RequestOptions): string[] {
  const { method = 'GET', target, headers = [], body, as, payloadHash } = options
  const all = ['host', `127.0.0.1:${port}`, ...headers]
  if (body !== undefined) all.push('content-length', String(Buffer.byteLength(body)))
  if (as === undefined) return all
  const signed = { credentials: as, region: 'us-east-1', nowMs: systemClock.now() }
  return [...signRequest({ method, target, headers: all, payloadHash }, signed).headers]
}

/** A target that anyone may open for a minute. */
export function presignedTarget(port: number, target: string, as: Credentials, method = 'GET'): string {
  const signed = { credentials: as, region: 'us-east-1', nowMs: systemClock.now(), expiresSeconds: 60 }
  return presign({ method, target, headers: ['host', `127.0.0.1:${port}`] }, signed)
}
