import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AdminScene } from '../../../test/support/admin-scene.ts'
import {
  chooseIndexDevices,
  markDown,
  markOut,
  markUp,
  setIndexDevices,
} from '../../store/embedded/placement/edit-map.ts'
import type { StartedWork } from '../store-admin.ts'

async function filled(drives: number, objects = 60): Promise<AdminScene> {
  const scene = await AdminScene.begin(drives)
  await scene.fill(objects)
  return scene
}

/** Work that was begun is under way or over, and is over with a census. */
async function finish(scene: AdminScene, work: StartedWork | null): Promise<void> {
  assert.ok(work !== null)
  const { startedMs } = await scene.ask('progress', { worker: work.worker })
  assert.ok(startedMs !== null && startedMs >= work.startedMs)
  await scene.work(scene.mender)
  const over = await scene.ask('progress', { worker: work.worker })
  assert.ok(over.startedMs !== null && over.startedMs >= work.startedMs && over.finishedMs !== null)
  assert.ok((scene.census.last?.finishedMs ?? 0) >= work.startedMs)
}

/** The index is brought to the drives where it should be. */
function followIndex(scene: AdminScene): void {
  scene.change((map) => setIndexDevices(map, chooseIndexDevices(map)))
}

const near = (value: number, expected: number, tolerance: number) =>
  assert.ok(Math.abs(value - expected) <= tolerance * expected, `${value} is not near ${expected}`)

test('status: what there is, how it is protected, and no verdict before the first census', async () => {
  const scene = await filled(6)
  const before = await scene.ask('status')
  const bytes = [...scene.objects.values()].reduce((sum, each) => sum + each.length, 0)
  assert.deepEqual([before.objects, before.bytes, before.version], [60, bytes, '1.2.3'])
  assert.equal(before.verdict, null)
  assert.equal(before.protection, 'any 2 drives may fail')
  assert.deepEqual(before.drives, { up: 6, down: 0, leaving: 0, out: 0 })
  assert.ok(before.storedBytes > bytes * 1.4 && before.storedBytes < bytes * 3.1)
  assert.deepEqual(
    before.profiles.map(({ storageClass, small, large, drives }) => [storageClass, small.m, large.k, large.m, drives]),
    [['STANDARD', 2, 4, 2, 6]],
  )
  await finish(scene, (await scene.ask('startHeal')).work)
  const after = await scene.ask('status')
  assert.equal(after.verdict, 'full')
  assert.equal(after.lastCensus?.rows, scene.rows().size)
  assert.deepEqual([after.degradedRows, after.missingChunks, after.misplacedChunks], [0, 0, 0])
})

test('status: a drive alone protects nothing, and says so', async () => {
  const scene = await filled(1, 4)
  assert.equal((await scene.ask('status')).protection, 'nothing survives the loss of this drive')
})

test('status: what is down is counted at once, and what may still fail is said', async () => {
  const scene = await filled(7)
  await scene.mend()
  scene.change((map) => markDown(map, 2, scene.clock.now()))
  const down = await scene.ask('status')
  assert.equal(down.verdict, 'degraded: drive missing')
  assert.equal(down.protection, '1 more drive may fail; when all is well again, any 2 drives may fail')
  assert.ok(down.degradedRows > 0 && down.missingChunks === down.degradedRows)
  scene.change((map) => markDown(map, 3, scene.clock.now()))
  assert.match((await scene.ask('status')).protection, /^no more drive may fail;/)
  scene.change((map) => markDown(map, 4, scene.clock.now()))
  const lost = await scene.ask('status')
  assert.equal(lost.verdict, 'lost')
  assert.match(lost.protection, /^too many drives are missing/)
  scene.change((map) => markUp(markUp(map, 4), 3))
  scene.change((map) => markOut(map, 2))
  assert.equal((await scene.ask('status')).verdict, 'healing')
  await scene.mend()
  const healed = await scene.ask('status')
  assert.deepEqual([healed.verdict, healed.degradedRows, healed.drives.out], ['full', 0, 1])
  assert.match(healed.protection, /^1 more drive may fail/, 'the index is still on a drive that is down')
  followIndex(scene)
  assert.equal((await scene.ask('status')).protection, 'any 2 drives may fail')
})

test('drives: what each holds, and the worst of what any process says of it', async () => {
  const scene = await filled(6, 120)
  scene.disk(1).health = { ...scene.disk(1).health, readP95Ms: 3 }
  scene.openDrive(1)
  scene.reasons.set(4, 'EIO')
  const freeBytes = (await scene.ask('drives')).drives[4]?.freeBytes
  scene.change((map) => markDown(map, 4, scene.clock.now()))
  scene.gatewayFigures = async () => [
    [{ device: 1, isSlow: true, readP95Ms: 2, writeP95Ms: 9, errors: 3 }],
    [{ device: 1, isSlow: false, readP95Ms: 1, writeP95Ms: 4, errors: 4 }],
  ]
  const { drives } = await scene.ask('drives')
  const status = await scene.ask('status')
  assert.deepEqual(
    drives.map(({ id, state }) => [id, state]),
    [0, 1, 2, 3, 4, 5].map((id) => [id, id === 4 ? 'down' : 'up']),
  )
  const { isSlow, readP95Ms, writeP95Ms, errors } = drives[1] as (typeof drives)[number]
  assert.deepEqual([isSlow, readP95Ms, writeP95Ms, errors], [true, 3, 9, 7])
  assert.deepEqual([drives[4]?.reason, drives[4]?.sinceMs !== null, drives[4]?.freeBytes], ['EIO', true, freeBytes])
  assert.deepEqual([drives[0]?.reason, drives[0]?.sinceMs], ['', null])
  const used = drives.reduce((sum, { usedBytes }) => sum + usedBytes, 0)
  const inline = status.storedBytes - used
  assert.ok(inline >= 0 && inline < status.bytes)
  for (const { shareOfIdeal, chunks, freeBytes } of drives) {
    near(shareOfIdeal ?? 0, 1, 0.3)
    assert.ok(chunks > 0 && freeBytes > 0)
  }
  assert.equal(drives.filter(({ isIndexDrive }) => isIndexDrive).length, 3)
})

test('removeDrive: what was predicted, and what it came to, after a restart too', async () => {
  const scene = await filled(7, 120)
  const plan = await scene.ask('planRemove', { drive: 3 })
  const { prediction, work } = await scene.ask('removeDrive', { drive: 3, force: false })
  assert.deepEqual(prediction, plan)
  near(prediction.movedBytes, prediction.drives.find(({ id }) => id === 3)?.outBytes ?? 0, 0.05)
  assert.deepEqual([prediction.sampledRows, prediction.rows], [scene.rows().size, scene.rows().size])
  assert.equal((await scene.ask('status')).drives.leaving, 1)
  await finish(scene, work)
  const { drives } = await scene.ask('drives')
  assert.deepEqual([drives[3]?.chunks, drives[3]?.shareOfIdeal, drives[3]?.membership], [0, null, 'leaving'])
  const { lastMove, verdict } = await scene.ask('status')
  assert.equal(verdict, 'full')
  assert.equal(lastMove?.reason, 'remove drive 3')
  near(lastMove.movedBytes, prediction.movedBytes, 0.001)
  assert.ok(lastMove.finishedMs !== null)
  await scene.restart()
  assert.deepEqual((await scene.ask('status')).lastMove, lastMove)
})

test('removeDrive: refuses what cannot be, and says what to do', async () => {
  const scene = await filled(6, 10)
  const remove = (drive: number, force = false) => scene.ask('removeDrive', { drive, force })
  await assert.rejects(scene.ask('planRemove', { drive: 9 }), { code: 'NoSuchDrive' })
  await assert.rejects(remove(9), { code: 'NoSuchDrive', remedy: '`headrace store drives` lists them.' })
  await assert.rejects(remove(1, true), { code: 'Conflict', remedy: /without --force/ })
  await assert.rejects(scene.ask('cancelRemove', { drive: 1 }), { code: 'Conflict' })
  scene.reserve = { reserveBytes: 0, reserveShare: 1 }
  await assert.rejects(remove(1), { code: 'NotEnoughDrives', message: /not be enough room: drive 0 would get/ })
  scene.reserve = { reserveBytes: 0, reserveShare: 0 }
  for (const down of [1, 2]) scene.change((map) => markDown(map, down, scene.clock.now()))
  await assert.rejects(remove(1), { code: 'Conflict', remedy: /--force/ })
  await assert.rejects(remove(3), { code: 'NotEnoughDrives', remedy: /Add a drive first/ })
  assert.equal((await scene.ask('status')).drives.leaving, 0)
  const alone = await filled(1, 2)
  await assert.rejects(alone.ask('removeDrive', { drive: 0, force: false }), { code: 'NotEnoughDrives' })
})

test('removeDrive: one that is down and will not come back is forgotten, and what it had is made anew', async () => {
  const scene = await filled(7)
  scene.wipe(3)
  scene.change((map) => markDown(map, 3, scene.clock.now()))
  const { work } = await scene.ask('removeDrive', { drive: 3, force: true })
  await finish(scene, work)
  await scene.requireAll('drive 3 is gone')
  assert.equal((await scene.ask('drives')).drives[3]?.chunks, 0)
  assert.equal((await scene.ask('status')).verdict, 'full')
  // Once more finds nothing left to do, and is no error.
  await finish(scene, (await scene.ask('removeDrive', { drive: 3, force: true })).work)
})

test('planRemove: says when data is lost without the drive', async () => {
  const scene = await filled(6, 10)
  for (const down of [1, 2, 3]) scene.change((map) => markDown(map, down, scene.clock.now()))
  const { warnings } = await scene.ask('planRemove', { drive: 3 })
  assert.ok(warnings.some((warning) => /cannot be read as things are: if drive 3/.test(warning)))
})

test('cancelRemove: the drive stays, and gets its chunks back', async () => {
  const scene = await filled(7)
  await scene.ask('removeDrive', { drive: 3, force: false })
  await scene.mend()
  const { work } = await scene.ask('cancelRemove', { drive: 3 })
  await finish(scene, work)
  const { drives } = await scene.ask('drives')
  assert.ok((drives[3]?.chunks ?? 0) > 0)
  assert.equal((await scene.ask('status')).lastMove?.reason, 'keep drive 3')
})

test('setProfile: new data takes it at once, that of before follows', async () => {
  const scene = await filled(7)
  const base = { deviceClass: 'hot', storageClass: 'STANDARD', bucket: null, failureDomain: 'drive' as const }
  const widths = (k: number, m: number) => ({ small: { k: 1, m }, large: { k, m } })
  const set = (change: object) => scene.ask('setProfile', { ...base, widths: widths(4, 3), ...change })
  await assert.rejects(set({ widths: widths(6, 3) }), { code: 'NotEnoughDrives', message: /needs 9 drives/ })
  await assert.rejects(set({ widths: widths(2, 0) }), { code: 'InvalidRequest' })
  await assert.rejects(set({ widths: widths(30, 3) }), { code: 'InvalidRequest' })
  await assert.rejects(set({ widths: null, failureDomain: 'host' }), { code: 'InvalidRequest' })
  await assert.rejects(set({ storageClass: 'REDUCED' }), { code: 'InvalidRequest' })
  await assert.rejects(set({ bucket: 'none' }), { code: 'NoSuchBucket' })
  const { profiles, work } = await set({})
  assert.deepEqual([profiles[0]?.large.k, profiles[0]?.large.m, profiles[0]?.small.m], [4, 3, 3])
  await finish(scene, work)
  const { lastMove, protection } = await scene.ask('status')
  assert.match(protection, /^2 more drives may fail; when all is well again, any 3 drives may fail$/)
  followIndex(scene)
  assert.equal((await scene.ask('status')).protection, 'any 3 drives may fail')
  assert.equal(lastMove?.reason, 'profile 4+3 of STANDARD')
  assert.equal((await set({})).work, null)
  const own = await set({ bucket: 'bucket', widths: widths(2, 2) })
  assert.deepEqual([own.profiles[0]?.bucket, own.profiles[0]?.large.k], ['bucket', 2])
})

test('faults: what drives are made to do is told to every process, and can be taken back', async () => {
  const scene = await filled(2, 1)
  const fault = { drive: 1, calls: 'read', delayMs: 50, errorCode: null, flipsBits: false, probability: 0.5 } as const
  assert.deepEqual(await scene.ask('setFault', fault), { faults: [fault] })
  assert.deepEqual(await scene.ask('faults'), { faults: [fault] })
  assert.deepEqual(
    scene.spread.map(([device]) => device),
    [1],
  )
  await assert.rejects(scene.ask('setFault', { ...fault, drive: 7 }), { code: 'NoSuchDrive' })
  await assert.rejects(scene.ask('setFault', { ...fault, delayMs: 0 }), { code: 'InvalidRequest' })
  await assert.rejects(scene.ask('setFault', { ...fault, calls: 'write', flipsBits: true }), { code: 'InvalidRequest' })
  assert.deepEqual(await scene.ask('clearFaults', { drive: null }), { faults: [] })
  assert.deepEqual(scene.spread, [])
  scene.allowsFaults = false
  scene.beginWork()
  await assert.rejects(scene.ask('setFault', fault), { code: 'FaultsNotAllowed', remedy: /--allow-faults/ })
})

test('work: scrub, census and progress by name', async () => {
  const scene = await filled(2, 2)
  const { work } = await scene.ask('startCensus')
  assert.equal(work.worker, 'census')
  assert.equal((await scene.ask('census')).census, null)
  await scene.work(scene.census)
  assert.equal((await scene.ask('census')).census?.verdict, 'full')
  await scene.ask('startScrub', { deep: true, drive: 1 })
  assert.deepEqual(scene.scrubs, [{ depth: 'deep', device: 1 }])
  scene.change((map) => markDown(map, 1, scene.clock.now()))
  await assert.rejects(scene.ask('startScrub', { deep: false, drive: 1 }), { code: 'Conflict' })
  await assert.rejects(scene.ask('startScrub', { deep: false, drive: 5 }), { code: 'NoSuchDrive' })
  await assert.rejects(scene.ask('progress', { worker: 'tea' }), { code: 'NoSuchWorker', remedy: /mend, census/ })
})

test('explain: where the chunks of an object are', async () => {
  const scene = await filled(6, 2)
  const object = { bucket: 'bucket', key: 'object 1', versionId: null }
  const { extents, sizeBytes } = await scene.ask('explain', object)
  assert.equal(sizeBytes, scene.objects.get('object 1')?.length)
  assert.deepEqual(
    extents[0]?.placement?.chunks.map(({ state }) => state),
    new Array(6).fill('fine'),
  )
  assert.deepEqual(await scene.ask('explain', { ...object, versionId: 'null' }), {
    ...(await scene.ask('explain', object)),
  })
  await assert.rejects(scene.ask('explain', { ...object, key: 'none' }), { code: 'NoSuchObject' })
  await assert.rejects(scene.ask('explain', { ...object, versionId: '3' }), { code: 'NoSuchObject' })
  await assert.rejects(scene.ask('explain', { ...object, bucket: 'none' }), { code: 'NoSuchBucket' })
})

test('rebuildIndex: over when it is done, or when the next process has opened the store', async () => {
  const scene = await filled(1, 1)
  const name = 'rebuild-index'
  assert.equal((await scene.ask('progress', { worker: name })).startedMs, null)
  let calls = 0
  scene.rebuild = async () => {
    calls += 1
    if (calls === 2) throw new Error('no room')
    if (calls === 3) await new Promise(() => {})
  }
  const pass = () => scene.finish(scene.clock.sleep(1_000))
  const first = await scene.ask('rebuildIndex')
  assert.equal((await scene.ask('progress', { worker: name })).state, 'working')
  await pass()
  assert.equal((await scene.ask('progress', { worker: name })).state, 'idle')
  const second = await scene.ask('rebuildIndex')
  assert.ok(second.work.startedMs > first.work.startedMs)
  await pass()
  assert.deepEqual((await scene.ask('progress', { worker: name })).note, 'no room')
  const third = await scene.ask('rebuildIndex')
  await pass()
  assert.equal((await scene.ask('rebuildIndex')).work.startedMs, third.work.startedMs)
  await scene.restart()
  const over = await scene.ask('progress', { worker: name })
  assert.deepEqual([over.startedMs, over.state, over.finishedMs !== null], [third.work.startedMs, 'idle', true])
})
