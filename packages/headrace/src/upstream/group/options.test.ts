import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { groupDefaults, groupOptions } from './options.ts'

test('groupOptions: what is given takes the place of defaults, one by one', () => {
  assert.deepEqual(groupOptions(), groupDefaults)
  const options = groupOptions({ check: { intervalMs: 5 }, limit: undefined })
  assert.deepEqual(options, { ...groupDefaults, check: { ...groupDefaults.check, intervalMs: 5 } })
})

test('groupDefaults: the page for operators has every number, and no other', () => {
  const page = readFileSync(new URL('../../../../../docs/operations/upstreams.md', import.meta.url), 'utf8')
  const documented = [...page.matchAll(/^\| `(\w+\.\w+)` \| ([\d.]+) \|/gm)].map(
    ([, name, value]) => `${name} ${value}`,
  )
  const known = Object.entries(groupDefaults).flatMap(([section, numbers]) =>
    Object.entries(numbers).map(([name, value]) => `${section}.${name} ${value}`),
  )
  assert.deepEqual(documented, known)
})
