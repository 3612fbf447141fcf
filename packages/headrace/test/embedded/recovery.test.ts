import assert from 'node:assert/strict'
import { cp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { actions } from '../conformance/harness.ts'
import { openAt, type Test, temporaryFolder } from '../open-store.ts'

const contents: Record<string, Buffer> = {
  small: Buffer.from('a few bytes'),
  middle: Buffer.alloc(100_000, 'middle'),
  large: Buffer.alloc(3_000_000, 'large'),
}

/** A store with objects of every kind, copied as it lies on the drive while it is open: what a killed server leaves. */
async function crashed(t: Test, more: (store: Awaited<ReturnType<typeof openAt>>) => Promise<void> = async () => {}) {
  const live = await temporaryFolder(t)
  const root = await temporaryFolder(t)
  const opened = await openAt(live)
  const { create, put } = actions(opened.store)
  await create('b')
  for (const [key, bytes] of Object.entries(contents)) await put('b', key, bytes)
  await more(opened)
  await cp(live, root, { recursive: true })
  await opened.close()
  await rm(join(root, 'locks'), { recursive: true })
  return root
}

async function indexFile(root: string): Promise<string> {
  const names = await readdir(join(root, 'index'))
  return join(root, 'index', names.find((name) => name.endsWith('.mdb')) as string)
}

/** The machine was started anew in between: nothing that was not synced can be trusted. */
async function changeBootId(root: string): Promise<void> {
  const path = join(root, 'index', 'state.json')
  const state = JSON.parse(await readFile(path, 'utf8'))
  await writeFile(path, JSON.stringify({ ...state, bootId: 'another run' }))
}

async function journalFiles(root: string): Promise<string[]> {
  return (await readdir(join(root, 'journal'))).sort().map((name) => join(root, 'journal', name))
}

async function requireAll(root: string, extra: Record<string, Buffer> = {}): Promise<void> {
  const opened = await openAt(root)
  try {
    const { get, list } = actions(opened.store)
    const expected = { ...contents, ...extra }
    assert.deepEqual(await list('b'), Object.keys(expected).sort())
    for (const [key, bytes] of Object.entries(expected)) assert.ok((await get('b', key)).equals(bytes), key)
  } finally {
    await opened.close()
  }
}

test('open: a store whose server was killed has everything', async (t) => {
  await requireAll(await crashed(t))
})

test('open: after a crash of the machine the index is made anew from the journal', async (t) => {
  const root = await crashed(t)
  await changeBootId(root)
  const before = await indexFile(root)
  await writeFile(before, 'what the drive had of it')
  await requireAll(root)
  assert.notEqual(await indexFile(root), before)
})

test('open: an index that cannot be read is made anew, whatever its state says', async (t) => {
  const root = await crashed(t)
  await writeFile(await indexFile(root), Buffer.alloc(100_000, 'not an index'))
  await requireAll(root)
})

test('open: when its state cannot be read the index is made anew, under a name of its own', async (t) => {
  for (const state of ['{"formatVersion":1,"gener\u0000tion":1}', '']) {
    const root = await crashed(t)
    const before = await indexFile(root)
    await writeFile(join(root, 'index', 'state.json'), state)
    await requireAll(root)
    assert.notEqual(await indexFile(root), before)
  }
})

test('open: a lost index is made anew from a snapshot and the journal since', async (t) => {
  const later = Buffer.from('written after the snapshot')
  const root = await crashed(t, async ({ store, keeperStore }) => {
    await keeperStore.takeSnapshot()
    await actions(store).put('b', 'xlater', later)
  })
  await rm(await indexFile(root))
  assert.equal((await readdir(join(root, 'snapshots'))).length, 1)
  await requireAll(root, { xlater: later })
})

test('open: what a snapshot that was broken off left is taken away', async (t) => {
  const root = await crashed(t)
  for (const name of ['new.mdb', 'new.mdb-lock']) await writeFile(join(root, 'snapshots', name), 'half of one')
  await requireAll(root)
  assert.deepEqual(await readdir(join(root, 'snapshots')), [])
})

test('open: a journal file whose name is not understood keeps the store closed', async (t) => {
  const root = await crashed(t)
  await writeFile(join(root, 'journal', '0000000000000001.journal'), '')
  await assert.rejects(openAt(root), /its name is not that of a journal/)
})

test('open: a damaged snapshot is passed over as long as the journal reaches back', async (t) => {
  const root = await crashed(t, async ({ keeperStore }) => {
    await keeperStore.takeSnapshot()
  })
  await rm(await indexFile(root))
  const [snapshot = ''] = await readdir(join(root, 'snapshots'))
  await writeFile(join(root, 'snapshots', snapshot), 'not an index')
  await requireAll(root)
})

test('open: a record that was being written when the power went is taken off', async (t) => {
  const root = await crashed(t)
  await changeBootId(root)
  const path = (await journalFiles(root)).at(-1) as string
  const bytes = await readFile(path)
  await writeFile(path, Buffer.concat([bytes, bytes.subarray(0, 200)]))
  await requireAll(root)
  await requireAll(root)
})

test('open: a journal that is damaged where it must be whole keeps the store closed, and says why', async (t) => {
  const root = await crashed(t)
  await changeBootId(root)
  const path = (await journalFiles(root)).at(-1) as string
  const bytes = await readFile(path)
  const at = 100
  bytes[at] = (bytes[at] as number) ^ 1
  await writeFile(path, bytes)
  await assert.rejects(openAt(root), /JournalDamagedError|is damaged at byte 0/)
  // Nothing was taken off: the file can be restored and read.
  assert.equal((await stat(path)).size, bytes.length)
  bytes[at] = (bytes[at] as number) ^ 1
  await writeFile(path, bytes)
  await requireAll(root)
})

test('open: a missing journal file is noticed', async (t) => {
  const live = await temporaryFolder(t)
  for (const key of ['one', 'two', 'three']) {
    const opened = await openAt(live)
    const { create, put } = actions(opened.store)
    await create('b')
    await put('b', key, key)
    await opened.close()
  }
  await changeBootId(live)
  await writeFile(join(live, 'index', 'state.json'), JSON.stringify({ formatVersion: 1, generation: 1, clean: false }))
  const files = await journalFiles(live)
  await rm(files[1] as string)
  await assert.rejects(openAt(live), /missing/)
})

test('open: what a newer program has written is refused, not guessed at', async (t) => {
  const root = await crashed(t)
  const path = join(root, 'device.json')
  const device = JSON.parse(await readFile(path, 'utf8'))
  await writeFile(path, JSON.stringify({ ...device, formatVersion: 2 }))
  await assert.rejects(openAt(root), /format version 2/)
})

test('open: a folder with other files is not taken for a store', async (t) => {
  const root = await temporaryFolder(t)
  await writeFile(join(root, 'holiday.jpg'), 'x')
  await assert.rejects(openAt(root), /holiday\.jpg/)
  await writeFile(join(await temporaryFolder(t), 'x'), '')
  const file = join(root, 'holiday.jpg')
  await assert.rejects(openAt(file), /cannot be used as a data folder/)
})
