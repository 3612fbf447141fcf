import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SimDrive } from '../../../../sim/sim-drive.ts'
import type { FailingDrive } from '../../../../test/support/failing-drive.ts'
import { commitsIn, type OpenedReplicas, ReplicaMachine } from '../../../../test/support/replica-machine.ts'
import { markDown, startLeaving } from '../placement/edit-map.ts'
import { IndexLostError } from './open-replicas.ts'

/** Four drives: the index is on three of them. */
const count = 4

async function opened(machine = new ReplicaMachine(count)): Promise<[ReplicaMachine, OpenedReplicas]> {
  return [machine, await machine.finish(machine.open())]
}

/** What was acknowledged is there, and on each drive that the map names. */
async function requireAll(machine: ReplicaMachine, { maps, set }: OpenedReplicas, why = ''): Promise<void> {
  const commits = commitsIn(set)
  assert.deepEqual(
    commits,
    commits.map((_, index) => index + 1),
    why,
  )
  assert.ok(commits.length >= machine.acknowledged, `${why}: ${commits.length} of ${machine.acknowledged}`)
  for (const device of maps.current.map.indexDevices) {
    assert.ok((await machine.finish(machine.seqOn(device))) >= machine.acknowledged, `${why}: drive ${device}`)
  }
}

/** Commits some, one after the other. */
async function commit({ commit: one }: OpenedReplicas, times: number): Promise<void> {
  for (let time = 0; time < times; time += 1) await one()
}

/** A bit of everything: drives are lost and found, snapshots taken, indexes made anew, commits made all the time. */
async function script(machine: ReplicaMachine): Promise<void> {
  const store = await machine.open()
  await commit(store, 2)
  await store.set.takeSnapshot()
  await commit(store, 1)
  await store.maps.change((map) => markDown(map, 1, 1))
  await Promise.all([machine.improve(store), commit(store, 4)])
  await commit(store, 1)
  await Promise.all([store.set.rebuild(0), commit(store, 2)])
  await store.set.close()
}

test('open: a new store has journal and index on as many drives as it may lose, and one', async () => {
  const [machine, store] = await opened()
  assert.deepEqual(store.maps.current.map.indexDevices, [0, 1, 2])
  await machine.finish(commit(store, 3))
  await requireAll(machine, store)
  await machine.finish(store.set.close())
  const [, again] = await opened(machine)
  await requireAll(machine, again)
  assert.equal(await machine.finish(again.commit()), 4)
})

test('power cut: at whichever call, whichever drive is missing then, everything acknowledged is there', async () => {
  for (let call = 1; ; call += 1 + (call % 2)) {
    const machine = new ReplicaMachine(count)
    machine.power.cutAfter(call)
    await machine.finish(script(machine).catch(() => {}))
    const isHit = machine.power.isCut
    machine.cut()
    const missing = call % (count + 1)
    if (missing < count) machine.absent.add(missing)
    const [, store] = await opened(machine)
    await requireAll(machine, store, `call ${call} without ${missing}`)
    await machine.finish(machine.improve(store))
    await machine.finish(commit(store, 1))
    await requireAll(machine, store, `call ${call} without ${missing}, later`)
    assert.equal(store.maps.current.map.indexDevices.length, 3)
    if (!isHit) break
  }
})

test('power cut: again while the store is opened and brought up', async () => {
  for (let call = 1; ; call += 1) {
    const machine = new ReplicaMachine(count)
    const [, first] = await opened(machine)
    await machine.finish(commit(first, 3))
    // One drive lags by a record, one has lost its journal.
    ;(machine.sims[1] as SimDrive).faults.delayMs = 500
    first.commit().catch(() => {})
    await machine.finish(machine.clock.sleep(20))
    ;(machine.sims[1] as SimDrive).faults.delayMs = 0
    machine.cut()
    for (const path of [...(machine.sims[2] as SimDrive).files().keys()]) {
      if (path.startsWith('journal/')) (machine.sims[2] as SimDrive).flipBit(path, 10)
    }
    machine.power.cutAfter(call)
    const second = machine.open().then(async (store) => {
      await machine.improve(store)
      await commit(store, 2)
    })
    await machine.finish(second.catch(() => {}))
    const isHit = machine.power.isCut
    machine.cut()
    const [, third] = await opened(machine)
    await requireAll(machine, third, `call ${call}`)
    if (!isHit) break
  }
})

test('failing calls: whichever call of a drive fails, everything acknowledged is there', async () => {
  for (const code of ['EIO', 'ENOSPC'] as const) {
    for (const device of [0, 1, 3]) {
      for (let call = 1 + device; ; call += 1 + (call % 3)) {
        const machine = new ReplicaMachine(count)
        const drive = machine.drives[device] as FailingDrive
        drive.failAt(call, code)
        await machine.finish(script(machine).catch(() => {}))
        if (drive.failed === undefined) break
        const why = `${code} ${drive.failed} on drive ${device}`
        drive.heal()
        machine.cut()
        const [, store] = await opened(machine)
        await requireAll(machine, store, why)
        await machine.finish(machine.improve(store))
        await machine.finish(commit(store, 1))
        await requireAll(machine, store, why)
      }
    }
  }
})

test('lost: a drive that is gone is replaced, and what it has is not taken for current when it is back', async () => {
  const [machine, store] = await opened()
  await machine.finish(commit(store, 3))
  const old = machine.sims[0]?.image() ?? new Map()
  ;(machine.sims[0] as SimDrive).faults.deadCode = 'ENODEV'
  await machine.finish(commit(store, 2))
  assert.deepEqual(store.maps.current.map.indexDevices, [1, 2])
  assert.equal(machine.moved.length, 1)
  await machine.finish(store.maps.change((map) => markDown(map, 0, 1)))
  await machine.finish(machine.improve(store))
  assert.deepEqual(store.maps.current.map.indexDevices, [1, 2, 3])
  await requireAll(machine, store)
  machine.cut()
  ;(machine.sims[0] as SimDrive).faults.deadCode = undefined
  machine.sims[0]?.replaceWith(old)
  const [, next] = await opened(machine)
  assert.deepEqual(next.maps.current.map.indexDevices, [1, 2, 3])
  await requireAll(machine, next)
})

test('lost: all but one of the drives; the last one opens alone, and the others come back', async () => {
  const [machine, store] = await opened()
  await machine.finish(commit(store, 3))
  machine.cut()
  for (const device of [0, 1, 3]) machine.absent.add(device)
  const [, alone] = await opened(machine)
  await machine.finish(commit(alone, 2))
  assert.deepEqual(alone.maps.current.map.indexDevices, [2])
  machine.cut()
  machine.absent.clear()
  const [, together] = await opened(machine)
  await requireAll(machine, together)
  await machine.finish(machine.improve(together))
  assert.equal(together.maps.current.map.indexDevices.length, 3)
  await requireAll(machine, together)
})

test('lost: without any of the drives that have the index the store stays closed, and says what is missing', async () => {
  const [machine, store] = await opened()
  await machine.finish(commit(store, 1))
  machine.cut()
  for (const device of [0, 1, 2]) machine.absent.add(device)
  await assert.rejects(machine.finish(machine.open()), (error: Error) => {
    assert.ok(error instanceof IndexLostError)
    assert.match(error.message, /\/d0 and \/d1 and \/d2/)
    return true
  })
})

test('wiped: a drive of the index without journal and snapshots gets them again', async () => {
  for (const withSnapshot of [false, true]) {
    const [machine, store] = await opened()
    await machine.finish(commit(store, 3))
    if (withSnapshot) {
      await machine.finish(store.set.takeSnapshot())
      machine.cut()
      const [, again] = await opened(machine)
      await machine.finish(commit(again, 1))
      await machine.finish(again.set.takeSnapshot())
    }
    machine.cut()
    const map = machine.sims[0]?.image().get('map.json') as Buffer
    machine.sims[0]?.replaceWith(new Map([['map.json', map]]))
    const [, next] = await opened(machine)
    await machine.finish(machine.improve(next))
    assert.equal(next.maps.current.map.indexDevices.length, 3)
    await requireAll(machine, next)
  }
})

/** The path of the first journal file of a drive, and its size. */
function journalOf(sim: SimDrive): [path: string, sizeBytes: number] {
  return [...sim.files()].find(([path]) => path.startsWith('journal/')) as [string, number]
}

test('damaged: a bit anywhere in the journal of a drive is made good by the others', async () => {
  const sizeBytes = 5 * 83
  for (let byte = 0; byte < sizeBytes; byte += 7) {
    const [machine, store] = await opened()
    await machine.finish(commit(store, 5))
    machine.cut()
    const sim = machine.sims[byte % 3] as SimDrive
    sim.flipBit(journalOf(sim)[0], byte % journalOf(sim)[1])
    const [, next] = await opened(machine)
    await requireAll(machine, next, `byte ${byte}`)
    await machine.finish(machine.improve(next))
    await machine.finish(commit(next, 1))
    await requireAll(machine, next, `byte ${byte}`)
    assert.equal(next.maps.current.map.indexDevices.length, 3)
  }
})

test('damaged: the end of one journal is taken from another that is damaged elsewhere; a gap keeps the store closed', async () => {
  for (const damagedRecord of [1, 4]) {
    const machine = new ReplicaMachine(2)
    const [, store] = await opened(machine)
    await machine.finish(commit(store, 5))
    machine.cut()
    const [whole, damaged] = machine.sims as [SimDrive, SimDrive]
    const recordBytes = journalOf(whole)[1] / 5
    // The last of the first drive looks as if it had been being written.
    whole.flipBit(journalOf(whole)[0], 4 * recordBytes + 60)
    damaged.flipBit(journalOf(damaged)[0], (damagedRecord - 1) * recordBytes + 60)
    if (damagedRecord === 4) whole.flipBit(journalOf(whole)[0], 3 * recordBytes + 60)
    if (damagedRecord === 4) {
      await assert.rejects(machine.finish(machine.open()), /is damaged at byte/)
      continue
    }
    const [, next] = await opened(machine)
    await requireAll(machine, next)
    await machine.finish(machine.improve(next))
    assert.deepEqual(next.maps.current.map.indexDevices, [0, 1])
    await requireAll(machine, next)
  }
})

test('hanging: a drive on which the index is being put does not hold up anything', async () => {
  const [machine, store] = await opened()
  await machine.finish(commit(store, 2))
  await machine.finish(store.maps.change((map) => markDown(map, 0, 1)))
  ;(machine.sims[3] as SimDrive).faults.delayMs = 1e6
  const improved = store.set.improve()
  await machine.finish(commit(store, 3))
  assert.equal(store.maps.current.map.indexDevices.includes(3), false)
  ;(machine.sims[3] as SimDrive).faults.delayMs = 0
  await machine.finish(improved)
  await machine.finish(machine.clock.sleep(2e6))
  await machine.finish(machine.improve(store))
  assert.deepEqual(store.maps.current.map.indexDevices, [1, 2, 3])
  await requireAll(machine, store)
})

test('hanging: a drive that hangs before it has anything of the index is left for another when it is down', async () => {
  const [machine, store] = await opened(new ReplicaMachine(5))
  await machine.finish(store.maps.change((map) => markDown(map, 0, 1)))
  ;(machine.sims[3] as SimDrive).faults.delayMs = 1e9
  const improved = store.set.improve()
  await machine.finish(machine.clock.sleep(10_000))
  await machine.finish(store.maps.change((map) => markDown(map, 3, 1)))
  assert.equal(await machine.finish(improved), 'idle')
  await machine.finish(machine.improve(store))
  assert.deepEqual(store.maps.current.map.indexDevices, [1, 2, 4])
})

test('full: a drive that has no space for the index is left for another', async () => {
  const [machine, store] = await opened(new ReplicaMachine(5))
  await machine.finish(commit(store, 2))
  await machine.finish(store.maps.change((map) => markDown(map, 0, 1)))
  ;(machine.sims[3] as SimDrive).faults.noSpaceChance = 1
  await machine.finish(store.set.improve())
  await machine.finish(commit(store, 2))
  assert.equal(store.maps.current.map.indexDevices.includes(3), false)
  await requireAll(machine, store)
})

test('rebuild: one is copied from another while commits are made; all of them ask for a restart', async () => {
  const [machine, store] = await opened()
  await machine.finish(commit(store, 3))
  const rebuilt = store.set.rebuild(0)
  await machine.finish(commit(store, 3))
  assert.equal(await machine.finish(rebuilt), 'done')
  assert.notEqual(store.set.index.primary.device, 0)
  assert.deepEqual([...store.set.index.devices].sort(), [0, 1, 2])
  await requireAll(machine, store)
  assert.equal(await store.set.rebuild(), 'restart')
})

test('replaced under load: the new index has what was committed while it was made', async () => {
  for (let delayMs = 0; delayMs < 40; delayMs += 3) {
    const [machine, store] = await opened()
    await machine.finish(commit(store, 5))
    await machine.finish(store.maps.change((map) => markDown(map, 0, 1)))
    ;(machine.sims[3] as SimDrive).faults.delayMs = delayMs
    let isOver = false
    const improved = machine.improve(store).then(() => {
      isOver = true
    })
    const committed = (async () => {
      while (!isOver) await store.commit()
    })()
    await machine.finish(Promise.all([improved, committed]))
    assert.deepEqual(machine.events.faults.slice(1), [])
    for (const device of [1, 2]) await machine.finish(store.set.drop(device, new Error('pulled')))
    assert.equal(store.set.index.primary.device, 3)
    await requireAll(machine, store, `${delayMs} ms`)
  }
})

test('lost: the only index while the other is made anew ends the keeper, and nothing is lost', async () => {
  const [machine, store] = await opened(new ReplicaMachine(2))
  await machine.finish(commit(store, 3))
  ;(machine.sims[1] as SimDrive).faults.delayMs = 200
  const rebuilt = assert.rejects(store.set.rebuild(1))
  ;(machine.sims[0] as SimDrive).faults.deadCode = 'EIO'
  await machine.finish(commit(store, 1))
  assert.match(String(machine.failures[0]), /no index is left/)
  await machine.finish(store.set.close().catch(() => {}))
  await rebuilt
  machine.cut()
  machine.absent.add(0)
  const [, next] = await opened(machine)
  await requireAll(machine, next)
})

test('leaving: a drive that an operator takes away keeps the index until another has it', async () => {
  const [machine, store] = await opened(new ReplicaMachine(5))
  await machine.finish(commit(store, 2))
  await machine.finish(store.maps.change((map) => startLeaving(map, 0)))
  assert.equal(await machine.finish(store.set.improve()), 'more')
  assert.deepEqual(store.maps.current.map.indexDevices, [0, 1, 2, 3])
  await machine.finish(machine.improve(store))
  assert.deepEqual(store.maps.current.map.indexDevices, [1, 2, 3])
  assert.deepEqual(machine.events.faults, [])
  const left = [...(machine.sims[0] as SimDrive).files().keys()].filter((path) => /^(journal|snapshots)\//.test(path))
  assert.deepEqual(left, [])
  await requireAll(machine, store)
})
