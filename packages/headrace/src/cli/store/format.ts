// Figures as people read them.

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB']

/** Three digits that count: `1.50 GiB`. */
export function formatBytes(bytes: number): string {
  let value = bytes
  let unit = 0
  // From 1023.5 on, three digits would round to 1024.
  while (Math.abs(value) >= 1023.5 && unit < units.length - 1) {
    value /= 1024
    unit += 1
  }
  return `${unit === 0 ? String(Math.round(value)) : threeDigits(value)} ${units[unit]}`
}

export function formatCount(count: number): string {
  return Math.round(count).toLocaleString('en-US')
}

/** `4 objects`, `1 object`. */
export function counted(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`
}

export function formatPercent(share: number): string {
  return `${(share * 100).toFixed(1)} %`
}

/** `1.04 ×`; a dash when there is nothing to divide by. */
export function formatRatio(value: number, base: number): string {
  return base > 0 ? `${(value / base).toFixed(2)} ×` : '–'
}

/** `2 h 05 min`, `3 min 07 s`, `12 s`, `250 ms`. */
export function formatDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`
  const seconds = Math.round(ms / 1_000)
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min ${pad(seconds % 60)} s`
  return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} min`
}

export function formatMs(ms: number): string {
  return `${threeDigits(ms)} ms`
}

export function formatTime(ms: number): string {
  return new Date(ms).toISOString().replace('T', ' ').replace(/\..*/, ' UTC')
}

/** `[#####-----]` */
export function bar(share: number, cells: number): string {
  const full = Math.round(Math.min(1, Math.max(0, share)) * cells)
  return `[${'#'.repeat(full)}${'-'.repeat(cells - full)}]`
}

function threeDigits(value: number): string {
  const size = Math.abs(value)
  return value.toFixed(size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2)
}

function pad(value: number): string {
  return String(value).padStart(2, '0')
}
