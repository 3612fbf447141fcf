import assert from 'node:assert/strict'
import { rmSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { needs } from '../needs.ts'
import { flipBits } from './support/damage.ts'
import { Library } from './support/library.ts'
import { chunkFiles, DriveStore, filesBelow } from './support/store.ts'

// Drives that lie: nothing that is not what was written is ever given to a client, and all is made good.

const options = needs('ownServer')

async function scrub(store: DriveStore): Promise<void> {
  const { code, stderr } = await store.attempt('store', 'scrub', '--deep', '--wait')
  assert.notEqual(code, 1, stderr)
}

test('bits flipped all over two drives that nobody has open', options, async (t) => {
  const store = await DriveStore.start(t, 6)
  const library = await Library.open(() => store.endpoint)
  await library.fill('before', 2)
  await library.putParts('parts')
  await store.becomesFull()
  await store.stop()
  for (const n of [1, 5]) {
    for (const folder of ['chunks', 'segments', 'journal', 'index', 'snapshots']) {
      for (const path of filesBelow(store.folder(n), folder)) flipBits(path)
    }
    flipBits(join(store.folder(n), 'map.json'))
  }
  await store.open([join(store.parent, 'd{1...6}')])
  const reading = library.readAgainAndAgain(t)
  await library.assertWhole()
  await library.fill('after')
  await scrub(store)
  await store.becomesFull()
  await reading.stop()
  await library.assertWhole()

  // Now the other way round: what was made good has to be good.
  await store.stop()
  for (const n of [2, 6]) for (const path of chunkFiles(store.folder(n))) flipBits(path)
  await store.open([store.folder(1)])
  await library.assertWhole()
  await scrub(store)
  await store.becomesFull()
  await store.stop()
})

test('a drive that does not know any more who it is, and one whose files are cut short', options, async (t) => {
  const store = await DriveStore.start(t, 6)
  const library = await Library.open(() => store.endpoint)
  await library.fill('before', 2)
  await store.becomesFull()
  await store.stop()
  flipBits(join(store.folder(1), 'device.json'))
  for (const path of filesBelow(store.folder(2)).filter((each) => !/device\.json|locks|\.lock/.test(each))) {
    truncateSync(path, 100)
  }
  await store.open([join(store.parent, 'd{1...6}')])
  await library.assertWhole()
  await library.fill('without it')
  await store.stop()
  rmSync(store.folder(1), { recursive: true })
  await store.open([join(store.parent, 'd{1...6}')])
  await scrub(store)
  await store.becomesFull()
  await library.assertWhole()
  await store.stop()
})

test('bits flipped in the chunks of two drives that are in use', options, async (t) => {
  const store = await DriveStore.start(t, 6)
  const library = await Library.open(() => store.endpoint)
  await library.fill('before', 2)
  await store.becomesFull()
  const reading = library.readAgainAndAgain(t)
  for (const n of [3, 4]) for (const path of chunkFiles(store.folder(n))) flipBits(path)
  await library.assertWhole()
  await library.fill('after')
  await scrub(store)
  await store.becomesFull()
  for (const n of [1, 2]) for (const path of chunkFiles(store.folder(n))) flipBits(path)
  await library.assertWhole()
  await scrub(store)
  await store.becomesFull()

  for (const drive of ['0', '5']) await store.fault('drive', drive, '--flip-bits', '--calls', 'read')
  await library.assertWhole()
  await store.fault('clear')
  await store.becomesFull()
  await reading.stop()
  await library.assertWhole()
  await store.stop()
})
