import { type Owner, S3Error } from '@headrace/s3'

/** @throws S3Error AccessControlListNotSupported when a list gives everything to anybody but the owner */
export function requireOwnersAcl(ownerIds: readonly string[], owner: Owner): void {
  if (ownerIds.some((id) => id !== owner.id)) throw new S3Error('AccessControlListNotSupported')
}
