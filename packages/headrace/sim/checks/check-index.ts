import { decodeUsage } from '../../src/store/embedded/format/counters.ts'
import { decodeDataRow } from '../../src/store/embedded/format/data-row.ts'
import type { Extent } from '../../src/store/embedded/format/details.ts'
import { decodeEntry } from '../../src/store/embedded/format/entry.ts'
import { decodePartRow } from '../../src/store/embedded/format/part-row.ts'
import { databases } from '../../src/store/embedded/index/databases.ts'
import { detailsOf } from '../../src/store/embedded/index/entries.ts'
import type { IndexReader } from '../../src/store/embedded/index/index.ts'

const everything = { from: Buffer.alloc(0) }

/** Whether everything in the index fits together: references, bodies, details, and what is counted. */
export function checkIndex(index: IndexReader): string[] {
  const used = new Map<string, number>()
  const count = (extents: readonly Extent[]) => {
    for (const { dataId } of extents) used.set(dataId.toString('hex'), (used.get(dataId.toString('hex')) ?? 0) + 1)
  }
  const details = new Set<string>()
  let objects = 0
  let bytes = 0
  for (const { value } of index.scan('objects', everything)) {
    const entry = decodeEntry(value)
    count(detailsOf(index, entry).extents)
    if ('id' in entry.details) details.add(entry.details.id.toString('hex'))
    objects += 1
    bytes += entry.sizeBytes
  }
  for (const { value } of index.scan('parts', everything)) count(decodePartRow(value).extents)
  return [...checkData(index, used), ...checkDetails(index, details), ...checkUsage(index, objects, bytes)]
}

function checkData(index: IndexReader, used: Map<string, number>): string[] {
  const wrong: string[] = []
  for (const { key, value } of index.scan('data', everything)) {
    const name = key.toString('hex')
    const { references, chunks } = decodeDataRow(value)
    if (references !== (used.get(name) ?? 0)) {
      wrong.push(`data ${name} counts ${references} references, and has ${used.get(name) ?? 0}`)
    }
    used.delete(name)
    const hasBody = index.get('bodies', key) !== undefined
    if (hasBody !== (chunks === 'inline')) wrong.push(`data ${name} has ${hasBody ? 'a' : 'no'} body`)
  }
  for (const name of used.keys()) wrong.push(`data ${name} is used, and has no row`)
  for (const { key } of index.scan('bodies', everything)) {
    if (index.get('data', key) === undefined) wrong.push(`body ${key.toString('hex')} is nobody's`)
  }
  return wrong
}

function checkDetails(index: IndexReader, used: ReadonlySet<string>): string[] {
  return [...index.scan('details', everything)]
    .filter(({ key }) => !used.has(key.toString('hex')))
    .map(({ key }) => `details ${key.toString('hex')} are nobody's`)
}

function checkUsage(index: IndexReader, objects: number, bytes: number): string[] {
  const usages = [...index.scan('usage', everything)].map(({ value }) => decodeUsage(value))
  const counted = usages.reduce(
    (sum, usage) => ({ objects: sum.objects + usage.objects, bytes: sum.bytes + usage.bytes }),
    { objects: 0, bytes: 0 },
  )
  if (counted.objects === objects && counted.bytes === bytes) return []
  return [`the buckets count ${counted.objects} objects of ${counted.bytes} bytes, and have ${objects} of ${bytes}`]
}

/** Where two indexes differ. */
export function compareIndexes(one: IndexReader, other: IndexReader, names: string): string[] {
  return databases.flatMap((database) => {
    const left = [...one.scan(database, everything)]
    const right = [...other.scan(database, everything)]
    const isSame =
      left.length === right.length &&
      left.every(({ key, value }, at) => right[at]?.key.equals(key) && right[at]?.value.equals(value))
    return isSame ? [] : [`${names} differ in ${database}: ${left.length} and ${right.length} entries`]
  })
}
