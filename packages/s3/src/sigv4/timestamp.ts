import { isoTime } from '../http-date.ts'

/**
 * Reads the basic ISO 8601 format of SigV4, `20261121T134100Z`.
 * @returns milliseconds since 1970, or undefined when it is anything else
 */
export function parseTimestamp(text: string): number | undefined {
  if (text.length !== 16 || text[8] !== 'T' || text[15] !== 'Z') return undefined
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2)
  const [month, day] = [twoDigits(text, 4), twoDigits(text, 6)]
  const [hour, minute, second] = [twoDigits(text, 9), twoDigits(text, 11), twoDigits(text, 13)]
  // `Date.UTC` takes the years before 100 for others; it, too, wants all of them to be numbers.
  if (!(year >= 100 && month >= 1 && month <= 12 && hour < 24 && minute < 60 && second < 60)) return undefined
  const ms = Date.UTC(year, month - 1, day, hour, minute, second)
  // There is no 31 February: it would be counted on into March.
  return new Date(ms).getUTCDate() === day ? ms : undefined
}

function twoDigits(text: string, at: number): number {
  const tens = text.charCodeAt(at) - 0x30
  const ones = text.charCodeAt(at + 1) - 0x30
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN
}

/**
 * `20261121T134100Z`
 * @param ms milliseconds since 1970
 */
export function formatTimestamp(ms: number): string {
  const iso = isoTime(ms)
  return `${iso.slice(0, 4)}${iso.slice(5, 7)}${iso.slice(8, 13)}${iso.slice(14, 16)}${iso.slice(17, 19)}Z`
}
