import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Test, temporaryFolder } from '../../../test/open-store.ts'
import { StoreLockedError } from './drive/store-lock.ts'
import { lockSession } from './session-lock.ts'

async function drives(t: Test, count: number): Promise<string[]> {
  const folder = await temporaryFolder(t)
  return Array.from({ length: count }, (_, index) => {
    const root = join(folder, `d${index + 1}`)
    mkdirSync(root)
    writeFileSync(join(root, 'device.json'), '{}')
    return root
  })
}

test('lockSession: whoever sees some of the drives sees that the session is held', async (t) => {
  const roots = await drives(t, 3)
  const lock = lockSession(roots, 7)
  for (const root of roots) assert.throws(() => lockSession([root], 7), StoreLockedError)
  lockSession([...roots, ...roots], 8).release()
  // The first that was seen by both is gone.
  rmSync(join(roots[0] as string), { recursive: true })
  assert.throws(() => lockSession(roots, 7), StoreLockedError)
  lock.release()
  lockSession(roots, 7).release()
  for (const root of roots.slice(1)) assert.deepEqual(readdirSync(join(root, 'locks')), [])
})

test('lockSession: nothing is written where there is no drive, and one that fails is passed over', async (t) => {
  const [gone, broken, well] = (await drives(t, 3)) as [string, string, string]
  rmSync(join(gone, 'device.json'))
  writeFileSync(join(broken, 'locks'), 'not a folder')
  lockSession([gone, broken, well], 1).release()
  assert.ok(!existsSync(join(gone, 'locks')))
  assert.throws(() => lockSession([gone, broken], 1), /EEXIST|ENOTDIR/)
  assert.throws(() => lockSession([gone], 1), /No drive is there/)
})
