import assert from 'node:assert/strict'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../test/open-store.ts'
import { accessLogPath, presentDrives } from './store-paths.ts'

test('presentDrives: a folder that is gone, or that no drive is mounted on, is none', async (t) => {
  const folder = await temporaryFolder(t)
  const roots = ['d1', 'd2', 'd3'].map((name) => join(folder, name)) as [string, string, string]
  mkdirSync(roots[0])
  for (const root of roots.slice(1)) {
    mkdirSync(root)
    writeFileSync(join(root, 'device.json'), '{}')
  }
  assert.deepEqual(presentDrives(roots), roots.slice(1))
  assert.equal(accessLogPath(roots), join(roots[1], 'logs', 'access.jsonl'))
  rmSync(roots[1], { recursive: true })
  assert.equal(accessLogPath(roots), join(roots[2], 'logs', 'access.jsonl'))
  rmSync(roots[2], { recursive: true })
  assert.equal(accessLogPath(roots), undefined)
})
