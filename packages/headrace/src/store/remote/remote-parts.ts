import { type Owner, S3Error } from '@headrace/s3'
import type { KeptBodies } from './body/kept-bodies.ts'
import type { UploadPolicy } from './body/prepare-upload.ts'
import type { ConditionVerdict, Ledger } from './capability/ledger.ts'
import { notSupported } from './store-errors.ts'
import type { UpstreamCaller } from './upstream-caller.ts'

/** What the operations of a remote store are made of. */
export interface RemoteParts {
  readonly caller: UpstreamCaller
  readonly owner: Owner
  readonly region: string
  readonly policy: UploadPolicy
  readonly kept: KeptBodies
}

/**
 * An input as it goes to the upstream: the owner that the client expects is one of ours, whom the upstream does not know,
 * and the layers have compared it.
 */
export function withoutOwner<T extends { readonly expectedBucketOwner?: string }>(input: T): T {
  return input.expectedBucketOwner === undefined ? input : { ...input, expectedBucketOwner: undefined }
}

const conditionNames = {
  put: 'a PutObject',
  complete: 'a CompleteMultipartUpload',
  copy: 'a CopyObject',
  copySource: 'the source of a copy',
  delete: 'a DeleteObject',
  deleteObjects: 'a DeleteObjects',
} as const satisfies Record<keyof Ledger['conditions'], string>

const holding: ReadonlySet<ConditionVerdict> = new Set(['atomic', 'held', 'refused'])

/** Whether conditions of an operation may be passed on: the upstream holds them, or says that it does not. */
export function holdsConditions({ conditions }: Ledger, operation: keyof Ledger['conditions']): boolean {
  return holding.has(conditions[operation])
}

/**
 * Lets a condition pass only where it holds: one that is ignored, or that two writers can pass at once, would be a promise
 * that nobody keeps.
 * @throws S3Error NotImplemented
 */
export function requireHeld(ledger: Ledger, operation: keyof Ledger['conditions'], condition: unknown): void {
  if (condition === undefined || holdsConditions(ledger, operation)) return
  const isKnown = ledger.probedMs !== undefined
  throw notSupported(
    `The upstream ${isKnown ? 'does not hold' : 'was not probed for, and may not hold,'} conditions of ${conditionNames[operation]}`,
  )
}

/** @throws S3Error AccessDenied for everybody but the owner of the store */
export function requireTenant(mayOwn: boolean): void {
  if (mayOwn) return
  throw new S3Error('AccessDenied', 'The buckets of this store belong to one owner, who alone can make more.')
}
