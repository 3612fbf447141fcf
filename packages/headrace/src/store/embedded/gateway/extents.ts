import type { Selection } from '@headrace/s3'
import type { Extent } from '../format/details.ts'

/** The extents that make up some bytes of an object: whole ones, and pieces of the first and the last. */
export function sliceExtents(extents: readonly Extent[], { first, last }: Selection): Extent[] {
  const slice: Extent[] = []
  let begin = 0
  for (const { dataId, offset, length } of extents) {
    const from = Math.max(first, begin) - begin
    const to = Math.min(last + 1, begin + length) - begin
    if (to > from) slice.push({ dataId, offset: offset + from, length: to - from })
    begin += length
    if (begin > last) break
  }
  return slice
}
