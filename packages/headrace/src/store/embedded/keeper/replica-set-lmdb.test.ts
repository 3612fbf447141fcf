import assert from 'node:assert/strict'
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Test, temporaryFolder } from '../../../../test/open-store.ts'
import { storeOn } from '../../../../test/support/drives.ts'
import { recordEvents } from '../../../../test/support/events.ts'
import { findMap, withPresence } from '../../../../test/support/find-map.ts'
import { commitsIn, writesOf } from '../../../../test/support/replica-machine.ts'
import { type Runtime, systemClock, systemRandom } from '../../../core/runtime.ts'
import { openLocalDrive } from '../drive/local-drive.ts'
import { encodeJournalRecord } from '../format/journal-record.ts'
import { openLmdbIndex } from '../index/lmdb-index.ts'
import { type IndexDrive, lmdbMedium } from './index-medium.ts'
import { MapKeeper } from './map-keeper.ts'
import { openReplicas } from './open-replicas.ts'

const count = 4

/** A machine with real folders, which can be copied as a killed process leaves them. */
class Machine {
  readonly events = recordEvents()
  readonly runtime: Runtime = { clock: systemClock, random: systemRandom, events: this.events }
  readonly absent = new Set<number>()
  readonly moved: string[] = []
  readonly failures: unknown[] = []
  readonly root: string
  bootId = 'this run'

  constructor(root: string) {
    this.root = root
  }

  path(device: number, ...names: string[]): string {
    return join(this.root, `d${device}`, ...names)
  }

  async open() {
    const present = [...Array(count).keys()].filter((device) => !this.absent.has(device))
    for (const device of present) await mkdir(this.path(device), { recursive: true })
    const found = await findMap(present.map((device) => openLocalDrive(this.path(device))))
    const driveOf = (device: number): IndexDrive | undefined => {
      if (this.absent.has(device)) return undefined
      const drive = openLocalDrive(this.path(device))
      const medium = lmdbMedium({ drive, root: this.path(device), bootId: this.bootId, log: this.events.log })
      return { device, drive, medium }
    }
    const maps = await MapKeeper.open({
      map: found ?? storeOn(count),
      edit: (before) => withPresence(before, present, systemClock.now()),
      driveOf: (device) => driveOf(device)?.drive,
      runtime: this.runtime,
      failed: (_, error) => this.failures.push(error),
    })
    const set = await openReplicas({
      maps,
      driveOf,
      runtime: this.runtime,
      moved: (path) => this.moved.push(path),
      failed: (error) => this.failures.push(error),
    })
    let seq = set.lastSeq
    const commit = async (times: number) => {
      for (let time = 0; time < times; time += 1) {
        seq += 1
        const writes = writesOf(seq)
        const record = encodeJournalRecord({ firstSeq: seq, lastSeq: seq, term: maps.term, writes })
        await set.journal.append(record, seq)
        set.index.apply(writes)
      }
    }
    const improve = async () => {
      while ((await set.improve()) === 'more');
    }
    return { maps, set, commit, improve }
  }

  /** The drives as they lie now, for another process; the one that is open now goes on. */
  async killed(t: Test): Promise<Machine> {
    const root = await temporaryFolder(t)
    await cp(this.root, root, { recursive: true })
    return new Machine(root)
  }

  async indexOf(device: number): Promise<string> {
    const names = (await readdir(this.path(device, 'index'))).filter((name) => name.endsWith('.mdb'))
    return this.path(device, 'index', names.at(-1) as string)
  }
}

const all = (commits: number) => Array.from({ length: commits }, (_, index) => index + 1)

/** A machine with so many commits on it. */
async function begun(t: Test, commits: number) {
  const machine = new Machine(await temporaryFolder(t))
  const store = await machine.open()
  await store.commit(commits)
  return { machine, store }
}

test('killed: the followers were behind, and a snapshot had cut the journal: each drive opens by itself', async (t) => {
  const { machine, store } = await begun(t, 20)
  await store.set.takeSnapshot()
  await store.commit(5)
  const left = await machine.killed(t)
  await store.set.close()
  for (const device of [0, 1, 2]) {
    const each = await left.killed(t)
    for (const other of [0, 1, 2]) if (other !== device) each.absent.add(other)
    const alone = await each.open()
    assert.deepEqual(commitsIn(alone.set), all(25))
    assert.deepEqual(alone.maps.current.map.indexDevices, [device])
    await alone.set.close()
  }
})

test('closed in order: the indexes are trusted, whatever run of the machine it is', async (t) => {
  const { machine, store } = await begun(t, 20)
  await store.set.close()
  const before = await Promise.all([0, 1, 2].map((device) => machine.indexOf(device)))
  machine.bootId = 'another run'
  const next = await machine.open()
  assert.deepEqual(commitsIn(next.set), all(20))
  assert.deepEqual(await Promise.all([0, 1, 2].map((device) => machine.indexOf(device))), before)
  await next.set.close()
})

test('bits flipped in the index: reads go on from another, which gateways are told of, and it is made anew', async (t) => {
  const { machine, store } = await begun(t, 300)
  const { set } = store
  await set.index.sync()
  const path = await machine.indexOf(0)
  const bytes = await readFile(path)
  // The page is mapped: what is written to the file is what is read.
  for (let at = bytes.indexOf('value 1'); at >= 0; at = bytes.indexOf('value 1', at + 1)) bytes.write('Value', at)
  await writeFile(path, bytes, { flag: 'r+' })
  set.index.refresh()
  assert.deepEqual(commitsIn(set), all(300))
  assert.deepEqual([set.index.primary.device, machine.moved], [1, [set.path]])
  assert.match(String(machine.events.faults[0]?.what), /read the index/)
  const gateway = openLmdbIndex(set.path, 'readOnly')
  assert.ok(gateway.get('data', Buffer.from('000300')))
  await gateway.close()
  await store.commit(3)
  await store.improve()
  assert.deepEqual([...set.index.devices].sort(), [0, 1, 2])
  assert.notEqual(await machine.indexOf(0), path)
  for (const device of [1, 2]) await set.drop(device, new Error('pulled'))
  assert.deepEqual([set.index.primary.device, commitsIn(set)], [0, all(303)])
  assert.deepEqual(machine.failures, [])
  await set.close()
})

test('flipped bits all over an index that nobody has open are made good when the store is opened', async (t) => {
  const { machine, store } = await begun(t, 300)
  await store.set.close()
  for (let round = 0; round < 6; round += 1) {
    const each = await machine.killed(t)
    const path = await each.indexOf(round % 3)
    const bytes = await readFile(path)
    for (let at = 24 + round; at < 2 * 8192; at += 997) bytes[at] = (bytes[at] as number) ^ (1 << (round % 8))
    await writeFile(path, bytes)
    const next = await each.open()
    assert.deepEqual(commitsIn(next.set), all(300), `round ${round}`)
    await next.set.close()
  }
})

test('the state of an index is damaged: the drive gets another index, whoever wrote the state', async (t) => {
  const { machine, store } = await begun(t, 20)
  await store.set.close()
  for (const state of ['not a state', '{"formatVersion":9}']) {
    const each = await machine.killed(t)
    await writeFile(each.path(0, 'index/state.json'), state)
    const next = await each.open()
    await next.improve()
    assert.deepEqual(next.maps.current.map.indexDevices, [0, 1, 2])
    assert.deepEqual([...next.set.index.devices].sort(), [0, 1, 2])
    assert.deepEqual(commitsIn(next.set), all(20))
    await next.set.close()
  }
})

test('wiped: an index drive that is empty gets the index back, and opens alone afterwards', async (t) => {
  const { machine, store } = await begun(t, 50)
  await store.set.takeSnapshot()
  await store.set.close()
  for (const folder of ['journal', 'index', 'snapshots']) await rm(machine.path(0, folder), { recursive: true })
  const next = await machine.open()
  await next.improve()
  await next.commit(2)
  assert.deepEqual(next.maps.current.map.indexDevices, [0, 1, 2])
  const left = await machine.killed(t)
  await next.set.close()
  for (const other of [1, 2]) left.absent.add(other)
  const alone = await left.open()
  assert.deepEqual(commitsIn(alone.set), all(52))
  await alone.set.close()
})

test('the machine crashed: indexes are made anew; what the journal lost and the index has is kept in a snapshot', async (t) => {
  const { machine, store } = await begun(t, 10)
  await store.set.close()
  // The last record of one drive looks as if it had been being written, and its index has the commit.
  const [name] = await readdir(machine.path(0, 'journal'))
  const path = machine.path(0, 'journal', name as string)
  const bytes = await readFile(path)
  bytes[bytes.length - 1] = (bytes[bytes.length - 1] as number) ^ 1
  await writeFile(path, bytes)
  const next = await machine.open()
  await next.commit(1)
  const left = await machine.killed(t)
  await next.set.close()
  left.bootId = 'another run'
  for (const other of [1, 2]) left.absent.add(other)
  const alone = await left.open()
  assert.deepEqual(commitsIn(alone.set), all(11))
  await alone.set.close()
})

test('rebuild: all indexes are made anew from snapshot and journal by the next process', async (t) => {
  const { machine, store } = await begun(t, 10)
  await store.set.takeSnapshot()
  await store.commit(3)
  const before = await machine.indexOf(0)
  assert.equal(await store.set.rebuild(), 'restart')
  await store.set.close()
  for (const device of [0, 1, 2]) await writeFile(await machine.indexOf(device), 'spoilt')
  const next = await machine.open()
  assert.deepEqual(commitsIn(next.set), all(13))
  assert.notEqual(await machine.indexOf(0), before)
  assert.equal(await next.set.rebuild(1), 'done')
  await next.set.close()
})
