import {
  type GetObjectInput,
  matchesIfRange,
  requireConditions,
  S3Error,
  type Selection,
  selectRange,
  type Validators,
} from '@headrace/s3'

/** Sizes of the parts of an object, in order; empty for one that was written at once. */
export type PartSizes = readonly number[]

/**
 * Holds a read's conditions against the object, and finds the bytes that it asks for.
 * @returns undefined for the whole object
 * @throws S3Error PreconditionFailed, NotModified, InvalidRange or InvalidPart
 */
export function selectBytes(
  { conditions, range, ifRange, partNumber }: Pick<GetObjectInput, 'conditions' | 'range' | 'ifRange' | 'partNumber'>,
  object: Validators & { readonly sizeBytes: number },
  partSizes: () => PartSizes,
): Selection | undefined {
  requireConditions(conditions, object)
  if (partNumber !== undefined) return selectPart(partNumber, object.sizeBytes, partSizes())
  if (range === undefined || (ifRange !== undefined && !matchesIfRange(ifRange, object))) return undefined
  return selectRange(range, object.sizeBytes)
}

/** Parts are counted by their place in the object; an object that was written at once is its own only part. */
function selectPart(partNumber: number, sizeBytes: number, partSizes: PartSizes): Selection | undefined {
  if (partNumber > Math.max(1, partSizes.length)) {
    throw new S3Error('InvalidPart', {
      message: 'The requested part number is not satisfiable',
      details: { PartNumber: String(partNumber), ActualPartCount: String(Math.max(1, partSizes.length)) },
    })
  }
  if (sizeBytes === 0) return undefined
  if (partSizes.length === 0) return { first: 0, last: sizeBytes - 1 }
  let first = 0
  for (const size of partSizes.slice(0, partNumber - 1)) first += size
  return { first, last: first + (partSizes[partNumber - 1] as number) - 1 }
}
