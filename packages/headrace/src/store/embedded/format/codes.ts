import type { CannedAcl, ChecksumAlgorithm, ChecksumType, StorageClass } from '@headrace/s3'
import { FormatError } from '../../../core/bytes.ts'

/** Checksum algorithms by their number on drives; 0 is none. Numbers are never used again for something else. */
const algorithms = [undefined, 'CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const

/** Set in a checksum's code when it is composite. */
const compositeBit = 0x80

export interface ChecksumKind {
  readonly algorithm: ChecksumAlgorithm
  readonly type: ChecksumType
}

export function checksumCode(kind: ChecksumKind | undefined): number {
  if (kind === undefined) return 0
  return algorithms.indexOf(kind.algorithm) | (kind.type === 'COMPOSITE' ? compositeBit : 0)
}

export function checksumKind(code: number): ChecksumKind | undefined {
  if (code === 0) return undefined
  const algorithm = algorithms[code & ~compositeBit]
  if (algorithm === undefined) throw new FormatError(`checksum code ${code} is not known`)
  return { algorithm, type: (code & compositeBit) === 0 ? 'FULL_OBJECT' : 'COMPOSITE' }
}

/** Storage classes by their number on drives. Numbers are never used again for something else. */
const storageClasses = [
  'STANDARD',
  'STANDARD_IA',
  'ONEZONE_IA',
  'INTELLIGENT_TIERING',
  'GLACIER',
  'GLACIER_IR',
  'DEEP_ARCHIVE',
  'REDUCED_REDUNDANCY',
] as const satisfies readonly StorageClass[]

export function storageClassCode(storageClass: StorageClass): number {
  return storageClasses.indexOf(storageClass)
}

export function storageClassName(code: number): StorageClass {
  const name = storageClasses[code]
  if (name === undefined) throw new FormatError(`storage class ${code} is not known`)
  return name
}

/** Canned ACLs by their number on drives. */
const acls = [
  'private',
  'public-read',
  'public-read-write',
  'authenticated-read',
] as const satisfies readonly CannedAcl[]

export function aclCode(acl: CannedAcl): number {
  return acls.indexOf(acl)
}

export function aclName(code: number): CannedAcl {
  const name = acls[code]
  if (name === undefined) throw new FormatError(`access control list ${code} is not known`)
  return name
}

/** @throws FormatError for a version that this program does not know */
export function requireVersion(found: number, known: number, what: string): void {
  if (found !== known) {
    throw new FormatError(
      `${what} has format version ${found}; this program knows ${known}. Was it written by a newer one?`,
    )
  }
}
