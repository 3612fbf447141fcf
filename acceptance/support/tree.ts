import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** File names that clients and servers stumble over, as far as a file system allows them. */
export const oddNames = [
  'plain.txt',
  'with space.txt',
  ' leading space',
  'trailing space ',
  'a+b=c&d?e#f',
  '100%',
  '%2F%41%zz',
  'quote\'"`',
  '<tag>&amp;',
  'back\\slash',
  'new\nline',
  'tab\there',
  'two..dots',
  '..starts with two dots',
  'ends with dots..',
  '~tilde',
  '$HOME',
  '*?[star]{a,b}',
  'semi;colon:and,comma',
  'ü composed',
  'u\u0308 decomposed',
  'Case',
  'case',
  '日本語/テキスト.txt',
  'emoji 😀/🚀',
  'deep/er/and/deep/er/file',
  `long ${'x'.repeat(240)}`,
  'empty',
] as const

/** Names that a listing can hold only when it is percent-encoded: XML 1.0 cannot write these characters. */
export const namesBeyondXml = ['bell\u0007', 'escape\u001b[31m', 'return\r'] as const

/** Makes a folder with a file of each name; each holds its name, but for the one called `empty`. */
export function makeTree(folder: string, names: readonly string[] = oddNames): void {
  for (const name of names) {
    const path = join(folder, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, name === 'empty' ? '' : `this is ${name}`)
  }
}

/** Names of all files below a folder, in order. */
export function filesOf(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  return files.map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1)).sort()
}

/** Asserts that two folders hold the same files with the same bytes. */
export function assertSameTree(actual: string, expected: string): void {
  assert.deepEqual(filesOf(actual), filesOf(expected))
  for (const name of filesOf(expected)) {
    assert.ok(readFileSync(join(actual, name)).equals(readFileSync(join(expected, name))), name)
  }
}
