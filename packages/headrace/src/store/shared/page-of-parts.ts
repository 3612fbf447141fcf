import type { GetObjectAttributesInput, GetObjectAttributesOutput, PartChecksum } from '@headrace/s3'

/**
 * The page of parts that GetObjectAttributes asks for; undefined for an object that was not uploaded in parts.
 * Parts are numbered by their place in the object.
 */
export function pageOfParts(
  parts: readonly { readonly sizeBytes: number; readonly checksum: PartChecksum | undefined }[],
  { partNumberMarker, maxParts }: Pick<GetObjectAttributesInput, 'partNumberMarker' | 'maxParts'>,
): GetObjectAttributesOutput['parts'] {
  if (parts.length === 0) return undefined
  const numbered = parts.map((part, index) => ({ ...part, partNumber: index + 1 }))
  const page = numbered.slice(partNumberMarker, partNumberMarker + maxParts)
  return { totalCount: parts.length, page, isTruncated: partNumberMarker + page.length < parts.length && maxParts > 0 }
}
