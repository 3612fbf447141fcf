import assert from 'node:assert/strict'
import { test } from 'node:test'
import { expandFolders } from './expand-folders.ts'
import { SettingsError } from './settings.ts'

test('expandFolders: ranges of numbers', () => {
  const cases: [string[], string[]][] = [
    [['./data'], ['./data']],
    [['d{1...3}'], ['d1', 'd2', 'd3']],
    [['d{7...7}'], ['d7']],
    [['d{8...11}'], ['d8', 'd9', 'd10', 'd11']],
    [['d{0...10}'], Array.from({ length: 11 }, (_, n) => `d${n}`)],
    [['d{08...11}'], ['d08', 'd09', 'd10', 'd11']],
    [['d{1...03}'], ['d01', 'd02', 'd03']],
    [['/r{1...2}/d{01...2}/x'], ['/r1/d01/x', '/r1/d02/x', '/r2/d01/x', '/r2/d02/x']],
    [
      ['a', 'b{1...2}', 'c'],
      ['a', 'b1', 'b2', 'c'],
    ],
  ]
  for (const [patterns, folders] of cases) assert.deepEqual(expandFolders(patterns), folders)
})

test('expandFolders: what is wrong is named, with what it may be', () => {
  const cases: Record<string, RegExp> = {
    'd{1..6}': /`\{1\.\.6\}` in `d\{1\.\.6\}` is no range of numbers: write it with three dots, such as \{1\.\.\.6\}/,
    'd{a...c}': /is no range of numbers/,
    'd{}': /is no range of numbers/,
    'd{1,2}': /is no range of numbers/,
    'd{-1...2}': /is no range of numbers/,
    'd{6...1}': /goes down: the lower number comes first/,
    'd{1...6': /has a brace without its other half/,
    'd1...6}': /has a brace without its other half/,
    'a}b{1...2}': /has a brace without its other half/,
    'd{{1...2}}': /has a brace without its other half/,
    'd{1...2000}': /is more than 1024 folders/,
    'd{1...999999999}': /is more than 1024 folders/,
    'd{1...100}/e{1...100}': /is more than 1024 folders/,
  }
  for (const [pattern, message] of Object.entries(cases)) {
    assert.throws(
      () => expandFolders([pattern]),
      (error: Error) => {
        assert.ok(error instanceof SettingsError)
        assert.match(error.message, message)
        return true
      },
      pattern,
    )
  }
  assert.throws(() => expandFolders(['d{1...3}', 'd2']), /d2 is named twice/)
})
