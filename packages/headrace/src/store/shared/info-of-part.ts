import type { GetObjectInput, ObjectInfo, PartChecksum } from '@headrace/s3'

/** What a read of one part is told: all that is known of the object, but the checksum of the part in place of the whole's. */
export function infoOfPart(
  info: ObjectInfo,
  parts: readonly { readonly checksum: PartChecksum | undefined }[],
  { partNumber }: Pick<GetObjectInput, 'partNumber'>,
): ObjectInfo {
  if (partNumber === undefined || parts.length === 0) return info
  const checksum = parts[partNumber - 1]?.checksum
  return { ...info, checksum: info.checksum && checksum && { ...checksum, type: info.checksum.type } }
}
