import assert from 'node:assert/strict'
import { existsSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { needs } from '../needs.ts'
import { program } from '../server.ts'
import { run } from '../support/program.ts'
import { request } from '../support/requests.ts'
import { until } from '../support/wait.ts'
import { Library } from './support/library.ts'
import type { Status } from './support/reports.ts'
import { DriveStore, patienceMs } from './support/store.ts'

// Where drives are, and what is on each of them so that any other can be lost.

const options = needs('ownServer')

test('drives are found by what is on them, whichever are named, and wherever they are mounted', options, async (t) => {
  const store = await DriveStore.start(t, 4)
  const library = await Library.open(() => store.endpoint)
  await library.fill('before')
  await store.command('add', store.folder(5), '--wait')
  const { storeId } = await store.status()
  for (const n of [1, 2, 3, 4, 5]) {
    const said = await run(process.execPath, [program, 'store', 'status', '--data', store.folder(n), '--json'])
    assert.equal((JSON.parse(said) as Status).storeId, storeId)
  }
  const up = { up: 5, down: 0, leaving: 0, out: 0 }
  for (const folders of [store.folders(2), [join(store.parent, 'd{3...5}')], store.folders(5, 1)]) {
    await store.restart(...folders)
    assert.deepEqual((await store.status()).drives, up, folders.join(' '))
    await library.assertWhole()
  }
  await store.stop()
  for (const n of [1, 3]) renameSync(store.folder(n), store.folder(10 + n))
  renameSync(store.folder(2), store.folder(3))
  renameSync(store.folder(4), store.folder(1))
  await store.open(store.folders(11, 3, 13, 1, 5))
  assert.deepEqual((await store.status()).drives, up)
  const paths = (await store.drives()).map(({ path }) => path)
  assert.deepEqual(paths, store.folders(11, 3, 13, 1, 5))
  await library.assertWhole()
  await store.becomesFull()
  await store.stop()
  store.assertQuiet()
})

test("owners' keys outlive the drive that a store began on", options, async (t) => {
  const env = { HEADRACE_ACCESS_KEY: '', HEADRACE_SECRET_KEY: '' }
  const store = await DriveStore.start(t, 1, { env })
  const { accessKeyId, secretKey } = store.endpoint
  const added = await run(process.execPath, [
    program,
    'key',
    'add',
    '--owner',
    'alice',
    '--data',
    store.folder(1),
    '--json',
  ])
  const alice = JSON.parse(added) as { accessKeyId: string; secretKey: string }
  await store.command('add', ...store.folders(2, 3), '--wait')
  await store.becomesFull()
  await until('every drive has the keys', patienceMs, () =>
    store.folders(1, 2, 3).every((folder) => existsSync(join(folder, 'keys.json'))),
  )
  const isKnown = async () => {
    const { status } = await request({ ...store.endpoint, ...alice }, { method: 'GET', path: '/' })
    assert.equal(status, 200)
    assert.equal((await request(store.endpoint, { method: 'GET', path: '/' })).status, 200)
  }
  renameSync(store.folder(1), store.folder(101))
  await store.driveIs(0, { state: 'down' })
  await isKnown()
  await store.restart(store.folder(3))
  const { accessKeyId: idNow, secretKey: secretNow } = store.endpoint
  assert.deepEqual([idNow, secretNow], [accessKeyId, secretKey])
  await isKnown()
  await store.stop()
})
