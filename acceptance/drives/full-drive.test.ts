import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { needs } from '../needs.ts'
import { mountTmpfs } from '../support/mount.ts'
import { assertRefused } from '../support/requests.ts'
import { until } from '../support/wait.ts'
import { Library } from './support/library.ts'
import { DriveStore, patienceMs } from './support/store.ts'

const mib = 1024 * 1024

test(
  'one of six drives is full: writes are refused by name, reads and deletes go on',
  needs('ownServer', 'root'),
  async (t) => {
    const small = join(await mountTmpfs(t, 'size=128m'), 'd6')
    const store = await DriveStore.start(t, 6, {
      foldersOf: (parent) => [join(parent, 'd{1...5}'), small],
      args: ['--reserve-bytes', `${16 * mib}`],
    })
    const library = await Library.open(() => store.endpoint)
    await library.fill('before')
    for (let count = 0; ; count += 1) {
      const reply = await library.tryPut(`large ${count}`, 16 * mib)
      if (reply.status === 200) assert.ok(count < 60, 'the drive does not get full')
      else {
        assertRefused(reply, 507, 'InsufficientStorage')
        assert.ok(reply.body.includes(small), reply.body.toString())
        break
      }
    }
    await library.assertWhole()
    await store.becomesFull()
    for (const key of library.keys.filter((each) => each.startsWith('large'))) await library.delete(key)
    await until('there is room', patienceMs, async () => (await library.tryPut('again', 16 * mib)).status === 200)
    await library.assertWhole()
    await store.becomesFull()
    await store.stop()
    store.assertQuiet()
  },
)
