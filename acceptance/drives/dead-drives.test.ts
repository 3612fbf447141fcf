import assert from 'node:assert/strict'
import { mkdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { needs } from '../needs.ts'
import { assertRefused } from '../support/requests.ts'
import { Library } from './support/library.ts'
import { chunkFiles, DriveStore, exitCodes, namesIn } from './support/store.ts'

// Drives that are not there any more, or are there and fail: up to two of 4+2 at a time. What was acknowledged is read
// byte for byte meanwhile, without an error.

const options = needs('ownServer')
const kib = 1024
/** Drives that are down for so long are given up. */
const downOutMs = 3_000
const args = ['--down-out-ms', `${downOutMs}`]

/** Writes objects that the store may refuse as long as too few drives are up, saying so. */
async function tryToWrite(library: Library, prefix: string): Promise<{ stored: number; refused: number }> {
  const counts = { stored: 0, refused: 0 }
  for (const bytes of [100, 100 * kib, 1_000 * kib, 100 * kib, 1_000 * kib]) {
    const reply = await library.tryPut(`${prefix}/${counts.stored + counts.refused}`, bytes)
    if (reply.status === 200) counts.stored += 1
    else {
      assertRefused(reply, reply.status, reply.status === 507 ? 'InsufficientStorage' : 'ServiceUnavailable')
      counts.refused += 1
    }
  }
  return counts
}

test(
  'two drives vanish: reads go on, what they had is made anew, a new drive makes it full, and they return',
  options,
  async (t) => {
    const store = await DriveStore.start(t, 7, { args })
    const library = await Library.open(() => store.endpoint)
    await library.fill('before', 3)
    await library.putParts('parts')
    await store.becomesFull()
    const reading = library.readAgainAndAgain(t)

    // Two of the three with the index.
    renameSync(store.folder(1), store.folder(101))
    await library.fill('one is gone', 1)
    // Before anybody has noticed, a slow drive may have been passed over as well.
    await store.becomes('degraded: drive missing')
    renameSync(store.folder(2), store.folder(102))
    const { stored, refused } = await tryToWrite(library, 'two are gone')
    t.diagnostic(`with two drives gone: ${stored} stored, ${refused} refused`)
    await store.driveIs(0, { state: 'down' })
    await store.driveIs(1, { state: 'down', membership: 'out' })
    await store.becomes('degraded: drive missing')
    assert.match((await store.drive(1)).reason, /ENOENT|not there/)
    await library.fill('two are out', 1)
    for (const key of library.keys.filter((_, index) => index % 4 === 0)) await library.delete(key)
    await library.put(library.keys[1] as string, 700 * kib)
    const heal = await store.attempt('store', 'heal', '--wait')
    assert.equal(heal.code, exitCodes.degraded, heal.stderr)

    await store.command('add', store.folder(8), '--wait')
    await store.becomesFull()
    await library.assertWhole()

    for (const n of [1, 2]) {
      assert.deepEqual(namesIn(store.folder(n)), undefined)
      renameSync(store.folder(100 + n), store.folder(n))
    }
    await store.driveIs(0, { state: 'up', membership: 'in' })
    await store.driveIs(1, { state: 'up', membership: 'in' })
    await store.becomes('full')
    await reading.stop()
    await library.assertWhole()
    await store.becomesFull()
    await store.stop()
  },
)

test(
  'an empty folder where a drive was: never written to while the server runs, a new drive when it starts',
  options,
  async (t) => {
    const store = await DriveStore.start(t, 7)
    const library = await Library.open(() => store.endpoint)
    await library.fill('before', 2)
    const reading = library.readAgainAndAgain(t)
    renameSync(store.folder(3), store.folder(103))
    mkdirSync(store.folder(3))
    await store.driveIs(2, { state: 'down' })
    await library.fill('while it is empty')
    assert.deepEqual(namesIn(store.folder(3)), [])
    await reading.stop()
    await store.restart(join(store.parent, 'd{1...7}'))
    await store.becomes('full')
    assert.equal((await store.driveIn(3)).state, 'up')
    assert.ok(chunkFiles(store.folder(3)).length > 0)
    await library.assertWhole()
    await store.becomesFull()

    // In a running server, it is added as any other, and the old one is forgotten.
    renameSync(store.folder(4), store.folder(104))
    await store.driveIs(3, { state: 'down' })
    await store.command('add', store.folder(4))
    const { code, stderr } = await store.attempt('store', 'remove', '3', '--force', '--yes', '--wait')
    assert.equal(code, exitCodes.full, stderr)
    await store.leaves(3)
    await store.becomesFull()
    await library.assertWhole()
    await store.stop()
  },
)

for (const begin of [1, 6]) {
  const how = begin === 1 ? 'that the others were added to' : 'that was named first'
  test(`without the drive ${how}, every process can be started again`, options, async (t) => {
    const store = await DriveStore.start(t, begin)
    const library = await Library.open(() => store.endpoint)
    await library.fill('before')
    if (begin === 1) await store.command('add', ...store.folders(2, 3, 4, 5, 6), '--wait')
    await store.becomesFull()
    renameSync(store.folder(1), store.folder(101))
    await store.killChildren('keeper')
    await library.fill('keeper')
    await store.killChildren('gateway')
    await library.fill('gateways')
    await store.killChildren()
    await library.fill('all')
    await library.assertWhole()
    assert.deepEqual(namesIn(store.folder(1)), undefined)
    await store.kill()
    await store.open([store.folder(4)])
    await library.assertWhole()
    await store.stop()
    renameSync(store.folder(101), store.folder(1))
    await store.open([store.folder(1)])
    await store.becomes('full')
    await library.assertWhole()
    await store.becomesFull()
    await store.stop()
  })
}

for (const code of ['EIO', 'ENOSPC'] as const) {
  test(`two drives fail each call with ${code}`, options, async (t) => {
    const store = await DriveStore.start(t, 8, { args })
    const library = await Library.open(() => store.endpoint)
    await library.fill('before', 2)
    await store.becomesFull()
    const reading = library.readAgainAndAgain(t)
    await store.fault('drive', '1', '--error', code)
    await tryToWrite(library, 'one fails')
    await store.fault('drive', '5', '--error', code)
    const { stored, refused } = await tryToWrite(library, 'two fail')
    t.diagnostic(`with two drives failing: ${stored} stored, ${refused} refused`)
    await library.assertWhole()
    // A drive that is full is not given up for that, one that fails is: there are enough others.
    if (code === 'EIO') await store.driveIs(5, { membership: 'out' })
    else await store.fault('clear')
    await store.becomes('full')
    await library.fill('after')
    await reading.stop()
    await library.assertWhole()
    await store.stop()
  })
}

test('deleted chunks, journals and indexes of two drives are made anew', options, async (t) => {
  const store = await DriveStore.start(t, 6)
  const library = await Library.open(() => store.endpoint)
  await library.fill('before', 2)
  await store.becomesFull()
  const reading = library.readAgainAndAgain(t)
  for (const n of [2, 6]) {
    for (const folder of ['chunks', 'segments', 'tmp']) rmSync(join(store.folder(n), folder), { recursive: true })
  }
  await library.assertWhole()
  const scrub = await store.attempt('store', 'scrub', '--deep', '--wait')
  assert.ok(scrub.code === exitCodes.full || scrub.code === exitCodes.degraded, scrub.stderr)
  await store.becomes('full')
  await store.becomesFull()
  for (const n of [1, 2]) {
    for (const folder of ['journal', 'index', 'snapshots'])
      rmSync(join(store.folder(n), folder), { recursive: true, force: true })
  }
  await library.fill('while journals are gone', 1)
  await library.delete(library.keys[3] as string)
  await library.assertWhole()
  await reading.stop()
  await store.restart(store.folder(6))
  await library.assertWhole()
  await store.becomesFull()
  await store.stop()
  for (const n of [1, 3]) {
    for (const folder of ['journal', 'index', 'snapshots'])
      rmSync(join(store.folder(n), folder), { recursive: true, force: true })
  }
  await store.open([store.folder(1)])
  await library.assertWhole()
  await library.fill('after', 1)
  await store.becomesFull()
  assert.equal((await store.status()).indexDrives.length, 3)
  await store.stop()
})
