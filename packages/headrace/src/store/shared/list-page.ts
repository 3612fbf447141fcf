/** What a page of a listing is asked for. Names are UTF-8 bytes, because that is the order of listings. */
export interface PageRequest {
  readonly prefix: string
  /** Empty: no rolling up. */
  readonly delimiter: string
  /** Where to begin: see `positionAfter`. */
  readonly start: Buffer
  readonly maxItems: number
}

export interface Item<T> {
  /** The name as UTF-8. */
  readonly name: Buffer
  readonly value: T
}

export interface Page<T> {
  readonly items: readonly Item<T>[]
  readonly commonPrefixes: readonly string[]
  /** The last name or common prefix of this page, when there is more behind it. */
  readonly last: string | undefined
}

/**
 * Gives the items at or after a position, in byte order. A position compares like `name · 0x00 · anything`: names hold no
 * NUL, so what several items have in one name (versions, uploads) sorts behind it and before the next.
 */
export type Scan<T> = (from: Buffer) => Iterable<Item<T>>

/** Builds one page of a listing. Names that share a prefix up to the delimiter are passed over in one step. */
export function listPage<T>(scan: Scan<T>, { prefix, delimiter, start, maxItems }: PageRequest): Page<T> {
  const prefixBytes = Buffer.from(prefix)
  const delimiterBytes = Buffer.from(delimiter)
  const items: Item<T>[] = []
  const commonPrefixes: string[] = []
  let last = ''
  let from = Buffer.compare(start, prefixBytes) < 0 ? prefixBytes : start
  if (maxItems === 0) return { items, commonPrefixes, last: undefined }
  for (;;) {
    let passed: Buffer | undefined
    for (const item of scan(from)) {
      const { name } = item
      if (!beginsWith(name, prefixBytes)) break
      if (items.length + commonPrefixes.length === maxItems) return { items, commonPrefixes, last }
      const end = delimiter === '' ? -1 : name.indexOf(delimiterBytes, prefixBytes.length)
      if (end >= 0) {
        passed = name.subarray(0, end + delimiterBytes.length)
        last = passed.toString()
        commonPrefixes.push(last)
        break
      }
      items.push(item)
      if (items.length + commonPrefixes.length === maxItems) last = name.toString()
    }
    if (passed === undefined) return { items, commonPrefixes, last: undefined }
    from = positionAfterPrefix(passed)
  }
}

function beginsWith(name: Buffer, prefix: Buffer): boolean {
  return (
    prefix.length === 0 ||
    (name.length >= prefix.length && name.compare(prefix, 0, prefix.length, 0, prefix.length) === 0)
  )
}

/**
 * The position behind a name, or behind all names that begin with it when it is a common prefix of this listing: then it
 * is what the page before ended with.
 */
export function positionAfter(name: string, { prefix, delimiter }: { prefix: string; delimiter: string }): Buffer {
  if (name === '') return Buffer.alloc(0)
  const isCommonPrefix =
    delimiter !== '' &&
    name.startsWith(prefix) &&
    name.indexOf(delimiter, prefix.length) === name.length - delimiter.length
  if (isCommonPrefix && name.length >= prefix.length + delimiter.length) return positionAfterPrefix(Buffer.from(name))
  return Buffer.concat([Buffer.from(name), Buffer.of(1)])
}

/** The least position greater than every name that begins with the prefix. */
function positionAfterPrefix(prefix: Buffer): Buffer {
  const position = Buffer.from(prefix)
  // UTF-8 has no byte 0xff, so the last byte can be raised by one.
  position[position.length - 1] = (position[position.length - 1] as number) + 1
  return position
}
