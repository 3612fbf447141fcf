import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { systemClock } from '../../src/core/runtime.ts'
import { actions, context } from '../conformance/harness.ts'
import { temporaryFolder } from '../open-store.ts'
import { TieredStore } from '../support/tiered-store.ts'

const program = fileURLToPath(new URL('../support/turning-process.ts', import.meta.url))

/** Lets a process copy an object to cold drives and back, and kills it some time after it has done so once. */
async function killWhileTurning(folders: readonly string[], afterMs: number): Promise<void> {
  const child = spawn(process.execPath, [program, ...folders], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  await Promise.race([once(child.stdout, 'data'), ended])
  child.stdout.resume()
  await systemClock.sleep(afterMs)
  child.kill('SIGKILL')
  const [, signal] = await ended
  assert.equal(signal, 'SIGKILL')
}

test('copyObject: killed while an object goes to cold drives and back, it is whole, and nothing is left over', async (t) => {
  const root = await temporaryFolder(t)
  for (const afterMs of [0, 3, 8, 15, 40]) {
    const folders = Array.from({ length: 4 }, (_, drive) => join(root, `after-${afterMs}`, `d${drive}`))
    await killWhileTurning(folders, afterMs)
    const tiers = await TieredStore.openAt(folders, 2)
    try {
      const { store } = tiers.opened
      const { info } = await store.headObject({ bucket: 'b', key: 'k' }, context())
      assert.equal(tiers.classesOf('b', 'k'), info.storageClass === 'STANDARD' ? 'hot' : 'cold')
      assert.ok((await actions(store).get('b', 'k')).equals(Buffer.alloc(3_000_000, 'turning')))
      await tiers.untilTidy()
    } finally {
      await tiers.close()
    }
  }
})
