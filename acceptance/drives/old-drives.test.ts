import assert from 'node:assert/strict'
import { cpSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { needs } from '../needs.ts'
import { Library } from './support/library.ts'
import { assertRefusesToStart, DriveStore, namesIn } from './support/store.ts'

// Drives that hold something else than they should: what they held some time ago, or what belongs to another store.

const options = needs('ownServer')

/** Writes, overwrites and deletes: an old image of a drive knows nothing of it. */
async function moveOn(library: Library): Promise<void> {
  const { keys } = library
  for (const [index, key] of keys.entries()) {
    if (index % 3 === 0) await library.delete(key)
    else if (index % 3 === 1) await library.put(key, 300_000)
  }
  await library.fill('later')
}

test('two drives come back as they were, with journal and index: when the server starts', options, async (t) => {
  const store = await DriveStore.start(t, 6)
  const library = await Library.open(() => store.endpoint)
  await library.fill('before', 2)
  await store.stop()
  for (const n of [1, 2]) cpSync(store.folder(n), store.folder(100 + n), { recursive: true })
  await store.open(store.folders(1))
  await moveOn(library)
  await store.becomesFull()
  await store.stop()
  for (const n of [1, 2]) {
    rmSync(store.folder(n), { recursive: true })
    renameSync(store.folder(100 + n), store.folder(n))
  }
  await store.open(store.folders(1, 2, 3, 4, 5, 6))
  const reading = library.readAgainAndAgain(t)
  await library.assertWhole()
  const { code, stderr } = await store.attempt('store', 'scrub', '--deep', '--wait')
  assert.notEqual(code, 1, stderr)
  await store.becomesFull()
  await reading.stop()
  await library.assertWhole()
  await store.stop()
})

test('two drives come back as they were while the server runs', options, async (t) => {
  const store = await DriveStore.start(t, 6)
  const library = await Library.open(() => store.endpoint)
  await library.fill('before', 2)
  await store.stop()
  for (const n of [3, 4]) cpSync(store.folder(n), store.folder(100 + n), { recursive: true })
  await store.open(store.folders(1))
  const reading = library.readAgainAndAgain(t)
  await moveOn(library)
  await store.becomesFull()
  for (const n of [3, 4]) {
    renameSync(store.folder(n), store.folder(200 + n))
    renameSync(store.folder(100 + n), store.folder(n))
    // What is written before anybody notices is lost on this drive, and may have been passed over on a slow one.
    if (n === 3) await library.fill('at once')
    await store.driveIs(n - 1, { state: 'down' })
    await store.becomesFull()
  }
  await library.assertWhole()
  const { code, stderr } = await store.attempt('store', 'scrub', '--deep', '--wait')
  assert.notEqual(code, 1, stderr)
  await store.becomesFull()
  await reading.stop()
  await library.assertWhole()
  await store.restart(store.folder(3))
  await library.assertWhole()
  await store.becomesFull()
  await store.stop()
})

test("another store's drive in the place of one: down, and nothing is written to it", options, async (t) => {
  const other = await DriveStore.start(t, 1)
  await other.stop()
  const store = await DriveStore.start(t, 6)
  const library = await Library.open(() => store.endpoint)
  await library.fill('before')
  const reading = library.readAgainAndAgain(t)
  renameSync(store.folder(2), store.folder(102))
  cpSync(other.folder(1), store.folder(2), { recursive: true })
  const names = namesIn(store.folder(2))
  await store.driveIs(1, { state: 'down' })
  assert.match((await store.drive(1)).reason, /another drive/)
  await library.fill('while it is another')
  await library.assertWhole()
  await reading.stop()
  await store.stop()
  assert.deepEqual(namesIn(store.folder(2)), names)

  // Named with the others, it is a mistake; when it is not named, the store does without it.
  await assertRefusesToStart(store.folders(1, 2, 3), new RegExp(`${store.folder(2)}.* is a drive of store .* one of `))
  await store.open(store.folders(3, 4))
  await library.assertWhole()
  assert.deepEqual((await store.status()).drives, { up: 5, down: 1, leaving: 0, out: 0 })
  rmSync(store.folder(2), { recursive: true })
  renameSync(store.folder(102), store.folder(2))
  await store.becomesFull()
  await library.assertWhole()
  await store.stop()
})

test('two halves that were used apart are refused together, and nothing is changed', options, async (t) => {
  const store = await DriveStore.start(t, 6, { args: ['--profile', 'copies:4'] })
  const library = await Library.open(() => store.endpoint)
  await library.fill('before')
  await store.becomesFull()
  await store.stop()
  const halves = [
    [1, 2, 3],
    [4, 5, 6],
  ] as const
  for (const half of halves) {
    const others = [1, 2, 3, 4, 5, 6].filter((n) => !half.includes(n as never))
    for (const n of others) renameSync(store.folder(n), store.folder(100 + n))
    await store.open(store.folders(...half))
    await library.assertWhole()
    await store.stop()
    for (const n of others) renameSync(store.folder(100 + n), store.folder(n))
  }
  const before = contentsOf(store)
  await assertRefusesToStart(store.folders(1, 2, 3, 4, 5, 6), /d[123] .*d[456] |d[456] .*d[123] /s)
  await assertRefusesToStart(store.folders(2), /d[123] .*d[456] |d[456] .*d[123] /s)
  assert.deepEqual(contentsOf(store), before)

  function contentsOf({ parent }: DriveStore): Map<string, string> {
    const names = (namesIn(parent) ?? []).filter((name) =>
      /^d\d\/(map|device|journal|index|chunks|segments)/.test(name),
    )
    return new Map(names.map((name) => [name, readOrNothing(join(parent, name))]))
  }
})

test('a copy of a drive beside it is refused', options, async (t) => {
  const store = await DriveStore.start(t, 4)
  await store.stop()
  cpSync(store.folder(2), store.folder(5), { recursive: true })
  await assertRefusesToStart(store.folders(1, 2, 3, 4, 5), /d2.*d5|d5.*d2/)
})

function readOrNothing(path: string): string {
  try {
    return readFileSync(path, 'base64')
  } catch {
    return ''
  }
}
