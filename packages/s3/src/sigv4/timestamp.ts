/**
 * Reads the basic ISO 8601 format of SigV4, `20261121T134100Z`.
 * @returns milliseconds since 1970, or undefined when it is anything else
 */
export function parseTimestamp(text: string): number | undefined {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text)
  if (match === null) return undefined
  const [, year, month, day, hour, minute, second] = match.map(Number) as [number, ...number[]] & Record<number, number>
  const ms = Date.UTC(year as number, (month as number) - 1, day, hour, minute, second)
  return formatTimestamp(ms) === text ? ms : undefined
}

export function formatTimestamp(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`
}
