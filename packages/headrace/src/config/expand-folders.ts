import { SettingsError } from './settings.ts'

/** More drives than a machine has: a slip of the pen. */
const foldersMax = 1_024
const range = /\{([^{}]*)\}/

/**
 * Writes out patterns of folders: `/mnt/d{1...6}` is six, `d{01...12}` twelve with leading zeros, and each of several
 * braces goes with each of the others, the last one fastest. Anything without braces stays as it is.
 * @throws SettingsError that names the pattern and what it may be
 */
export function expandFolders(patterns: readonly string[]): string[] {
  const expanded = patterns.flatMap(expandFolder)
  const twice = expanded.find((folder, index) => expanded.indexOf(folder) !== index)
  if (twice !== undefined) refuse(`${twice} is named twice.`)
  return expanded
}

function expandFolder(pattern: string): string[] {
  const found = range.exec(pattern)
  if (found === null) {
    if (/[{}]/.test(pattern)) refuse(`\`${pattern}\` has a brace without its other half.`)
    return [pattern]
  }
  const before = pattern.slice(0, found.index)
  if (before.includes('}')) refuse(`\`${pattern}\` has a brace without its other half.`)
  const behind = expandFolder(pattern.slice(found.index + found[0].length))
  const numbers = numbersOf(found[1] as string, pattern)
  if (numbers.length * behind.length > foldersMax) refuse(`\`${pattern}\` is more than ${foldersMax} folders.`)
  return numbers.flatMap((number) => behind.map((rest) => `${before}${number}${rest}`))
}

function numbersOf(text: string, pattern: string): string[] {
  const [, from, to] = /^(\d{1,9})\.\.\.(\d{1,9})$/.exec(text) ?? []
  if (from === undefined || to === undefined) {
    refuse(`\`{${text}}\` in \`${pattern}\` is no range of numbers: write it with three dots, such as {1...6}.`)
  }
  const first = Number(from)
  const count = Number(to) - first + 1
  if (count < 1) refuse(`\`{${text}}\` in \`${pattern}\` goes down: the lower number comes first.`)
  if (count > foldersMax) refuse(`\`${pattern}\` is more than ${foldersMax} folders.`)
  // Leading zeros make all of them as wide: {01...12}.
  const isPadded = /^0./.test(from) || /^0./.test(to)
  const width = isPadded ? Math.max(from.length, to.length) : 0
  return Array.from({ length: count }, (_, index) => String(first + index).padStart(width, '0'))
}

function refuse(problem: string): never {
  throw new SettingsError('data', [problem])
}
