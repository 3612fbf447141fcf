import type { IncomingMessage } from 'node:http'
import { type Authentication, authenticate, Headers, type RequestTarget, S3Error, sha256Hex } from '@headrace/s3'
import type { Clock } from '../core/runtime.ts'
import type { AccessKeys } from '../identity/access-keys.ts'
import { AdminError } from './admin-error.ts'

export interface RootGateOptions {
  readonly keys: Pick<AccessKeys, 'secretOf' | 'principalOf'>
  readonly clock: Pick<Clock, 'now'>
}

/**
 * Looks at the head of a request before anything else does; what comes back looks at the body.
 * @throws AdminError
 */
export type Gate = (request: IncomingMessage, target: RequestTarget) => (body: Buffer) => void

const remedy =
  "Sign with the root owner's access key: `headrace` takes it from HEADRACE_ACCESS_KEY and HEADRACE_SECRET_KEY."

/**
 * Lets through what the root owner has signed with SigV4 in the Authorization header, its body too. A presigned URL is
 * not enough: it could be passed on.
 */
export function rootGate({ keys, clock }: RootGateOptions): Gate {
  return (request, target) => {
    const headers = new Headers(request.rawHeaders)
    if (!headers.has('authorization')) throw new AdminError('Unauthorized', 'The request is not signed.', remedy)
    let verified: Authentication
    try {
      const options = { secretOf: (id: string) => keys.secretOf(id), nowMs: clock.now() }
      verified = authenticate({ method: request.method ?? '', target, headers }, options)
    } catch (error) {
      if (!(error instanceof S3Error)) throw error
      throw new AdminError('Unauthorized', error.message, remedy)
    }
    const { accessKeyId, payload } = verified
    const principal = accessKeyId === undefined ? undefined : keys.principalOf(accessKeyId)
    if (principal?.kind !== 'owner' || !principal.isRoot) {
      throw new AdminError('Forbidden', 'This access key is not that of the root owner.', remedy)
    }
    return (body) => {
      if (payload.kind === 'signed' ? sha256Hex(body) === payload.sha256Hex : body.length === 0) return
      throw new AdminError(
        'Unauthorized',
        'The signature does not cover the body: x-amz-content-sha256 must be its SHA-256.',
      )
    }
  }
}
