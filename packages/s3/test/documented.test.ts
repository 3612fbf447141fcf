import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

test('src: every export has a doc comment', () => {
  const root = fileURLToPath(new URL('../src/', import.meta.url))
  const bare: string[] = []
  for (const file of globSync('**/*.ts', { cwd: root, exclude: ['**/*.test.ts', 'index.ts'] })) {
    const lines = readFileSync(root + file, 'utf8').split('\n')
    lines.forEach((line, index) => {
      const isExport = /^export (?:interface|type|function|class|const) \w/.test(line)
      if (isExport && !lines[index - 1]?.endsWith('*/')) bare.push(`${file}:${index + 1} ${line}`)
    })
  }
  assert.deepEqual(bare, [])
})
