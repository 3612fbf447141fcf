const unitsMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

/**
 * Reads a duration such as `250ms`, `1s`, `1.5s`, `10m` or `2h`.
 * @returns milliseconds
 * @throws Error that says what a duration looks like
 */
export function parseDuration(text: string): number {
  const [, amount = '', unit = ''] = /^(\d+(?:\.\d+)?)\s*([a-z]+)$/.exec(text.trim()) ?? []
  const unitMs = Object.hasOwn(unitsMs, unit) ? unitsMs[unit] : undefined
  if (unitMs === undefined) {
    throw new Error(`\`${text}\` is not a duration: write a number and ms, s, m, h or d, such as 250ms or 1.5s.`)
  }
  return Number(amount) * unitMs
}
