import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bar, counted, formatBytes, formatDuration, formatRatio, formatTime } from './format.ts'
import { facts, right, table } from './table.ts'

test('formatBytes: three digits that count, and never 1024 of anything', () => {
  const cases: readonly (readonly [number, string])[] = [
    [0, '0 B'],
    [1_023, '1023 B'],
    [1_024, '1.00 KiB'],
    [10_239, '10.0 KiB'],
    [102_400, '100 KiB'],
    [1_047_552, '1023 KiB'],
    [1_048_575, '1.00 MiB'],
    [1.5 * 2 ** 40, '1.50 TiB'],
    [2 ** 70, '1024 EiB'],
  ]
  for (const [bytes, text] of cases) assert.equal(formatBytes(bytes), text)
})

test('formatDuration: two units at most', () => {
  const cases: readonly (readonly [number, string])[] = [
    [0, '0 ms'],
    [999, '999 ms'],
    [12_345, '12 s'],
    [59_600, '1 min 00 s'],
    [3_599_000, '59 min 59 s'],
    [7_500_000, '2 h 05 min'],
  ]
  for (const [ms, text] of cases) assert.equal(formatDuration(ms), text)
})

test('figures: counts, ratios, times, bars', () => {
  assert.deepEqual([counted(1, 'chunk'), counted(1_234, 'chunk')], ['1 chunk', '1,234 chunks'])
  assert.deepEqual([formatRatio(3, 2), formatRatio(3, 0)], ['1.50 ×', '–'])
  assert.equal(formatTime(Date.UTC(2026, 10, 21, 1, 2, 3, 4)), '2026-11-21 01:02:03 UTC')
  assert.deepEqual([bar(0, 4), bar(0.5, 4), bar(1.2, 4), bar(-1, 4)], ['[----]', '[##--]', '[####]', '[----]'])
})

test('table: columns are aligned, and a cell stays on its line', () => {
  assert.equal(
    table(
      ['A', right('NUMBER'), 'C'],
      [
        ['long', '1', ''],
        ['x\ny', '22', 'z'],
      ],
    ),
    'A     NUMBER  C\nlong       1\nx\\ny      22  z',
  )
  assert.equal(facts([['a', '1'], undefined, ['bcd', '2\n3']]), 'a    1\nbcd  2\\n3')
})
