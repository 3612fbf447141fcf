import { S3Error, type S3ErrorCode, s3Errors } from '@headrace/s3'
import { StaleReferenceError } from '../keeper/plan.ts'
import type { Refusal } from './protocol.ts'

/** @returns undefined for an error that says that the keeper itself is in trouble */
export function encodeRefusal(error: unknown): Refusal | undefined {
  if (error instanceof StaleReferenceError) return { kind: 'stale' }
  if (!(error instanceof S3Error)) return undefined
  return { kind: 's3', code: error.code, message: error.message, details: { ...error.details } }
}

export function decodeRefusal(refusal: Refusal): Error {
  if (refusal.kind === 'stale') return new StaleReferenceError()
  const code: S3ErrorCode = refusal.code in s3Errors ? (refusal.code as S3ErrorCode) : 'InternalError'
  return new S3Error(code, { message: refusal.message, details: refusal.details })
}
