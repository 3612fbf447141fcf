import { type GetObjectInput, type ListObjectsInput, type RangeRequest, traitsOf } from '@headrace/s3'
import type { Call } from '../../core/layer.ts'

/** Upper bounds of the classes of ranges: a footer, a column chunk, a part. */
const rangeBytesMax = [64 * 1024, 1024 * 1024, 8 * 1024 * 1024]
/** A page up to this size is a look, others are a crawl. */
const fewKeys = 100

/**
 * What a read is compared with: reads of its operation that ask for about as much. How large an object is becomes known
 * with its first byte only, so reads of whole objects are one class.
 * @returns undefined for writes
 */
export function latencyClass({ operation, input }: Call): string | undefined {
  if (traitsOf(operation).effect !== 'read') return undefined
  const { range } = input as Partial<GetObjectInput>
  if (range !== undefined) return `${operation} ${rangeClass(range)}`
  const { maxKeys } = input as Partial<ListObjectsInput>
  return maxKeys !== undefined && maxKeys <= fewKeys ? `${operation} few` : operation
}

function rangeClass({ first = 0, last = Number.MAX_SAFE_INTEGER, suffixBytes }: RangeRequest): string {
  const sizeBytes = suffixBytes ?? last - first + 1
  return String(rangeBytesMax.find((max) => sizeBytes <= max) ?? 'large')
}
