import { InvalidArgumentError } from 'commander'
import type { Width } from '../../admin/store-admin.ts'

/** What `headrace store drives` shows in its first column. */
export function driveNumber(text: string): number {
  if (!/^\d{1,5}$/.test(text))
    throw new InvalidArgumentError('A drive is named by its number; `headrace store drives` lists them.')
  return Number(text)
}

/** Data and coding chunks, such as `4+2`. */
export function width(text: string): Width {
  const [, k, m] = /^(\d{1,3})\+(\d{1,3})$/.exec(text) ?? []
  if (k === undefined || m === undefined)
    throw new InvalidArgumentError('It must be data and coding chunks, such as 4+2.')
  return { k: Number(k), m: Number(m) }
}

const millisecondsOf: Record<string, number> = { ms: 1, s: 1_000, min: 60_000 }

/** In milliseconds, of text such as `250ms`, `1.5s` or `2min`. */
export function duration(text: string): number {
  const [, value, unit = ''] = /^(\d+(?:\.\d+)?)(ms|s|min)$/.exec(text) ?? []
  if (value === undefined) throw new InvalidArgumentError('It must be a duration, such as 250ms or 1s.')
  return Number(value) * (millisecondsOf[unit] as number)
}

const bytesOf: Record<string, number> = { '': 1, B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 }

/** In bytes, of text such as `4096`, `64KiB` or `1MiB`. */
export function byteCount(text: string): number {
  const [, value, unit = ''] = /^(\d{1,15})(B|KiB|MiB|GiB)?$/.exec(text) ?? []
  if (value === undefined) throw new InvalidArgumentError('It must be a number of bytes, such as 4096, 64KiB or 1MiB.')
  return Number(value) * (bytesOf[unit] as number)
}

/** Above 0, up to 1. */
export function probability(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !(value > 0 && value <= 1))
    throw new InvalidArgumentError('It must be above 0 and at most 1.')
  return value
}

/** `BUCKET/KEY`; keys may have slashes, and begin with one. */
export function objectName(text: string): { bucket: string; key: string } {
  const slash = text.indexOf('/')
  if (slash < 1 || slash === text.length - 1) throw new InvalidArgumentError('It must be BUCKET/KEY.')
  return { bucket: text.slice(0, slash), key: text.slice(slash + 1) }
}
