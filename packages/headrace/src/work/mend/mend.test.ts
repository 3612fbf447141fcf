import assert from 'node:assert/strict'
import { test } from 'node:test'
import { drive } from '../../../test/support/drives.ts'
import { MendScene } from '../../../test/support/mend-scene.ts'
import { objectBytes } from '../../../test/support/work-scene.ts'
import { decodeSuspects } from '../../store/embedded/format/suspects.ts'
import {
  addDevices,
  finishLeaving,
  markDown,
  markIn,
  markOut,
  markUp,
  setProfile,
  startLeaving,
} from '../../store/embedded/placement/edit-map.ts'
import { parseProfile } from '../../store/embedded/placement/profiles.ts'

const sizes = { small: 40_000, middle: 700_000, large: 6_000_000 }

async function filled(drives: number, count = 4): Promise<MendScene> {
  const scene = await MendScene.begin(drives)
  for (const [name, size] of Object.entries(sizes)) {
    for (let number = 0; number < count; number += 1) {
      const key = `${name} ${number}`
      await scene.put(key, objectBytes(size + number * 12_345, key))
    }
  }
  return scene
}

function suspects(scene: MendScene): number[] {
  return [...scene.index.scan('degraded', { from: Buffer.alloc(0) })].map(({ value }) => decodeSuspects(value))
}

for (const drives of [2, 3, 4, 6, 7, 12]) {
  test(`mend: a drive of ${drives} is lost, and what it had is made anew on the others`, async () => {
    const scene = await filled(drives)
    scene.wipe(1)
    scene.change((map) => markDown(map, 1, scene.clock.now()))
    await scene.requireAll('down')
    scene.change((map) => markOut(map, 1))
    await scene.mend()
    const report = scene.census.last
    const { k, m } = scene.maps.current.poolFor('', 'STANDARD', 1e9)
    assert.equal(report?.verdict, drives > k + m ? 'full' : 'degraded: drive missing')
    await scene.requireAll('healed')
    if (drives === k + m) return
    scene.requireSettled()
    // Another one may be lost now.
    scene.change((map) => markDown(map, 0, scene.clock.now()))
    await scene.requireAll('another is lost')
  })
}

test('mend: what waits for a drive is completed when one comes', async () => {
  const scene = await filled(6)
  scene.change((map) => markOut(markDown(map, 2, scene.clock.now()), 2))
  await scene.mend()
  assert.equal(scene.mender.status().state, 'waiting')
  assert.match(scene.mender.status().note, /drive missing; \d+ rows wait/)
  scene.change((map) => addDevices(map, [drive(6)]))
  await scene.work(scene.mender)
  assert.equal(scene.census.last?.verdict, 'full')
  scene.requireSettled()
  assert.equal(scene.mender.status().state, 'idle')
})

test('mend: a drive that is down is waited for, as long as it is in', async () => {
  const scene = await filled(7)
  scene.change((map) => markDown(map, 2, scene.clock.now()))
  const before = scene.rows()
  await scene.mend()
  assert.deepEqual(scene.rows(), before)
  assert.equal(scene.census.last?.verdict, 'degraded: drive missing')
  scene.change((map) => markUp(map, 2))
  await scene.mend()
  assert.deepEqual(scene.rows(), before)
  assert.equal(scene.census.last?.verdict, 'full')
})

test('mend: a drive that comes back when others have its chunks takes its share again', async () => {
  const scene = await filled(7)
  scene.change((map) => markOut(markDown(map, 2, scene.clock.now()), 2))
  await scene.mend()
  scene.change((map) => markIn(markUp(map, 2), 2))
  await scene.mend()
  scene.requireSettled()
  await scene.requireAll('it is back')
  assert.ok([...scene.rows().values()].some(({ chunks }) => chunks.some((c) => c.kind !== 'missing' && c.device === 2)))
})

test('mend: a drive is added, and chunks go to it and nowhere else', async () => {
  const scene = await filled(7, 8)
  const before = scene.rows()
  scene.change((map) => addDevices(map, [drive(7)]))
  await scene.finish(scene.moves.begin({ reason: 'add drive 7', predictedBytes: 1, minimumBytes: 1, reencodeBytes: 0 }))
  await scene.mend()
  scene.requireSettled()
  await scene.requireAll('rebalanced')
  let moved = 0
  for (const [id, { chunks }] of scene.rows()) {
    for (const [number, chunk] of chunks.entries()) {
      const was = before.get(id)?.chunks[number]
      if (chunk.kind === 'missing' || was?.kind === 'missing' || chunk.device === was?.device) continue
      assert.equal(chunk.device, 7)
      moved += 1
    }
  }
  assert.ok(moved > 0)
  const { movedBytes, finishedMs } = scene.moves.last ?? {}
  assert.ok((movedBytes ?? 0) > 0 && finishedMs !== null)
  const { healedBytes, writtenBytes } = scene.figures.totals()
  assert.equal(healedBytes, 0)
  assert.ok(writtenBytes <= (movedBytes ?? 0))
})

test('mend: a drive that is to leave is emptied while it can be read, and after it is gone nothing is missing', async () => {
  const scene = await filled(7)
  scene.change((map) => startLeaving(map, 3))
  await scene.requireAll('leaving')
  await scene.mend()
  for (const { chunks } of scene.rows().values()) assert.ok(chunks.every((c) => c.kind !== 'missing' && c.device !== 3))
  assert.equal(scene.figures.totals().healedBytes, 0, 'its chunks are copied')
  scene.change((map) => finishLeaving(map, 3))
  scene.wipe(3)
  await scene.mend()
  assert.equal(scene.census.last?.verdict, 'full')
  scene.requireSettled()
  await scene.requireAll('it has left')
})

test('mend: a store grows from one drive to thirteen, and its data takes each profile', async () => {
  const scene = await filled(1, 2)
  for (const count of [2, 3, 4, 6, 12, 13]) {
    const from = scene.maps.current.map.devices.length
    const added = Array.from({ length: count - from }, (_, number) => drive(from + number))
    scene.change((map) => addDevices(map, added))
    await scene.mend()
    scene.requireSettled()
    await scene.requireAll(`${count} drives`)
    assert.equal(scene.census.last?.verdict, 'full')
    const { k, m } = scene.maps.current.poolFor('', 'STANDARD', 1e9)
    for (let lost = 0; lost < m; lost += 1) scene.change((map) => markDown(map, lost, scene.clock.now()))
    await scene.requireAll(`${count} drives as ${k}+${m}, without ${m}`)
    for (let lost = 0; lost < m; lost += 1) scene.change((map) => markUp(map, lost))
  }
  assert.ok(scene.figures.totals().reencodedBytes > 0)
})

test('mend: of copies that become more, those that are there stay', async () => {
  const scene = await filled(1, 2)
  const before = scene.rows()
  scene.change((map) => addDevices(map, [drive(1)]))
  await scene.mend()
  for (const [id, { chunks }] of scene.rows()) assert.deepEqual(chunks[0], before.get(id)?.chunks[0])
  assert.equal(scene.figures.totals().drives.find(({ device }) => device === 0)?.writtenBytes, 0)
})

for (const [from, to] of [
  ['4+1', '4+2'],
  ['4+2', '4+1'],
  ['4+2', '4+3'],
  ['4+3', '4+2'],
] as const) {
  test(`mend: data of ${from} becomes ${to}, and outlives every drive`, async () => {
    const scene = await MendScene.begin(8)
    const set = (profile: string) =>
      scene.change((map) => setProfile(map, { storageClass: 'STANDARD', profile: parseProfile(profile) }))
    set(from)
    for (let number = 0; number < 6; number += 1) {
      await scene.put(`o${number}`, objectBytes(3_000_000 + number * 1234, `o${number}`))
    }
    set(to)
    await scene.mend()
    assert.equal(scene.census.last?.verdict, 'full')
    scene.requireSettled()
    for (let lost = 0; lost < 8; lost += 1) {
      scene.change((map) => markDown(map, lost, scene.clock.now()))
      await scene.requireAll(`without drive ${lost}`)
      scene.change((map) => markUp(map, lost))
    }
  })
}

const damages = {
  'a flipped bit': (scene: MendScene, id: Buffer, chunk: number) => scene.flip(id, chunk),
  'a flipped bit in the last block': (scene: MendScene, id: Buffer, chunk: number) => scene.flip(id, chunk, 39_000),
  'a file that is gone': (scene: MendScene, id: Buffer, chunk: number) => scene.lose(id, chunk),
}

for (const [what, damage] of Object.entries(damages)) {
  test(`mend: ${what} is healed when it is reported`, async () => {
    const scene = await MendScene.begin(6)
    const ids = [await scene.put('a', objectBytes(40_000, 'a')), await scene.put('b', objectBytes(6_000_000, 'b'))]
    const chunks = ids.map((dataId) => ({ dataId, chunk: 1 }))
    for (const { dataId, chunk } of chunks) damage(scene, dataId, chunk)
    await scene.mend()
    await scene.finish(scene.keeper.submit('suspectChunks', { chunks }))
    await scene.mend()
    assert.deepEqual(suspects(scene), [])
    scene.requireSettled()
    await scene.requireAll(what)
    // What is there now is good, from end to end.
    const report = await scene.finish(scene.census.take('deep', scene.abort.signal))
    assert.equal(report.verdict, 'full')
  })
}

test('mend: a bad file is put in quarantine once it is replaced', async () => {
  const scene = await MendScene.begin(6)
  const dataId = await scene.put('b', objectBytes(6_000_000, 'b'))
  const { path, disk } = scene.placeOf(dataId, 4)
  scene.flip(dataId, 4, 1_000_000)
  await scene.finish(scene.keeper.submit('suspectChunks', { chunks: [{ dataId, chunk: 4 }] }))
  await scene.mend()
  const files = [...disk.sim.files().keys()]
  assert.ok(!files.includes(path))
  assert.deepEqual(
    files.filter((name) => name.startsWith('quarantine/')),
    [`quarantine/${path.slice(path.lastIndexOf('/') + 1)}`],
  )
})

test('mend: a chunk that was suspected and is good is cleared, and left where it is', async () => {
  const scene = await MendScene.begin(6)
  const dataId = await scene.put('b', objectBytes(6_000_000, 'b'))
  const before = scene.rows()
  await scene.finish(scene.keeper.submit('suspectChunks', { chunks: [{ dataId, chunk: 3 }] }))
  await scene.mend()
  assert.deepEqual(suspects(scene), [])
  assert.deepEqual(scene.rows(), before)
})

test('mend: sources that turn out to be bad are replaced by others, and healed themselves', async () => {
  const scene = await MendScene.begin(7)
  const dataId = await scene.put('b', objectBytes(6_000_000, 'b'))
  const chunks = scene.rows().get(dataId.toString('hex'))?.chunks ?? []
  const [lost] = chunks
  assert.ok(lost !== undefined && lost.kind !== 'missing')
  scene.flip(dataId, 2, 70_000)
  scene.change((map) => markOut(markDown(map, lost.device, scene.clock.now()), lost.device))
  await scene.mend()
  scene.requireSettled()
  assert.equal(scene.census.last?.verdict, 'full')
  await scene.requireAll('healed')
})

test('mend: data that cannot be read any more is told of, and nothing of it is thrown away', async () => {
  const scene = await MendScene.begin(6)
  const dataId = await scene.put('kept', objectBytes(6_000_000, 'b'))
  const other = await scene.put('lost', objectBytes(6_000_000, 'c'))
  for (const chunk of [1, 2, 5]) scene.flip(other, chunk)
  await scene.finish(
    scene.keeper.submit('suspectChunks', { chunks: [1, 2, 5].map((chunk) => ({ dataId: other, chunk })) }),
  )
  const before = scene.rows()
  await scene.mend()
  assert.deepEqual(scene.rows(), before)
  const { verdict, lost, lostRows } = scene.census.last ?? {}
  assert.deepEqual({ verdict, lostRows }, { verdict: 'lost', lostRows: 1 })
  const id = other.toString('hex')
  assert.deepEqual(lost, [{ bucket: 'bucket', key: 'lost', dataId: id, readableChunks: 3, k: 4 }])
  assert.ok(scene.events.lines.some(({ level, fields }) => level === 'error' && fields.rows === 1))
  assert.ok(scene.rows().has(dataId.toString('hex')))
})

test('mend: no drive is filled beyond its reserve; the rest goes on when there is room', async () => {
  const scene = await filled(7)
  scene.change((map) => markOut(markDown(map, 2, scene.clock.now()), 2))
  for (const { sim } of scene.disks) sim.space = async () => ({ freeBytes: 1_000_000, totalBytes: 10_000_000 })
  scene.reserve = { reserveBytes: 1_000_000, reserveShare: 0 }
  await scene.mend()
  assert.equal(scene.census.last?.verdict, 'healing')
  assert.match(scene.mender.status().note, /wait for a drive or for space/)
  assert.equal(scene.figures.totals().writtenBytes, 0)
  for (const { sim } of scene.disks) sim.space = async () => ({ freeBytes: 9_000_000_000, totalBytes: 10_000_000_000 })
  scene.clock.advance(10 * 60_000)
  await scene.work(scene.mender)
  scene.requireSettled()
})

test('mend: a drive that fails while it is written to leaves nothing behind, and the row as it was', async () => {
  const scene = await filled(7, 2)
  scene.change((map) => markOut(markDown(map, 2, scene.clock.now()), 2))
  for (const { failing } of scene.disks) failing.failAt(2, 'EIO', /^(write|sync)/)
  await scene.mend()
  await scene.requireAll('some writes failed')
  for (const { failing } of scene.disks) failing.heal()
  scene.clock.advance(10 * 60_000)
  await scene.work(scene.mender)
  scene.requireSettled()
  for (const { device } of scene.drives.all()) assert.deepEqual(scene.files(device, 'tmp'), [])
})

test('mend: objects that are deleted meanwhile stay deleted', async () => {
  const scene = await filled(7, 3)
  scene.change((map) => markOut(markDown(map, 2, scene.clock.now()), 2))
  const mending = scene.mender.step(scene.abort.signal)
  for (const key of ['small 0', 'middle 1', 'large 2']) await scene.remove(key)
  await scene.finish(mending)
  await scene.mend()
  assert.equal(scene.rows().size, 6)
  scene.requireSettled()
  await scene.requireAll('the others')
})

test('mend: what cannot be done for some data holds up no other, however long it took to find that out', async () => {
  const scene = await filled(7)
  const [lost, bad] = [...scene.rows()].filter(([, { lengthBytes }]) => lengthBytes > 5e6)
  assert.ok(lost && bad)
  const [lostId, badId] = [lost, bad].map(([id]) => Buffer.from(id, 'hex')) as [Buffer, Buffer]
  for (const chunk of [0, 1, 2]) scene.lose(lostId, chunk)
  const ofLost = [0, 1, 2].map((chunk) => ({ dataId: lostId, chunk }))
  await scene.finish(scene.keeper.submit('suspectChunks', { chunks: ofLost }))
  scene.mender.start()
  // There is much to be read first.
  const { during } = scene.all.pacer
  let isFirst = true
  scene.all.pacer.during = async <T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> => {
    const waitMs = isFirst ? 50 * 60_000 : 0
    isFirst = false
    await scene.clock.sleep(waitMs)
    return (await during.call(scene.all.pacer, work, signal)) as T
  }
  await scene.work(scene.mender)
  assert.equal(scene.mender.status().state, 'waiting')
  scene.flip(badId, 1)
  await scene.finish(scene.keeper.submit('suspectChunks', { chunks: [{ dataId: badId, chunk: 1 }] }))
  scene.clock.advance(31_000)
  await scene.work(scene.mender)
  assert.equal(suspects(scene).length, 1, 'only what is lost is left')
})

test('mend: what is lost does not wait for a census that takes long', async () => {
  const scene = await filled(7)
  scene.change((map) => markDown(map, 2, scene.clock.now()))
  // Each look of the census takes a minute.
  const { during } = scene.all.pacer
  scene.all.pacer.during = async <T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> => {
    if (scene.mender.status().note === 'counting what is whole') await scene.clock.sleep(60_000)
    return (await during.call(scene.all.pacer, work, signal)) as T
  }
  const mending = scene.mender.step(scene.abort.signal)
  await scene.finish(scene.clock.sleep(1_000))
  assert.equal(scene.mender.status().note, 'counting what is whole')
  scene.change((map) => markOut(map, 2))
  await scene.finish(scene.clock.sleep(90_000))
  assert.ok(scene.figures.totals().healedBytes > 0, 'one look of the census is waited for, and not the others')
  await scene.finish(mending)
  assert.equal(scene.census.last?.verdict, 'full')
  scene.requireSettled()
})

test('mend: a row that was noted and needs nothing is forgotten', async () => {
  const scene = await filled(2, 1)
  const [id = ''] = [...scene.rows().keys()]
  // Somebody has found it bad when it still had more chunks.
  const chunks = [{ dataId: Buffer.from(id, 'hex'), chunk: 5 }]
  await scene.mend()
  await scene.finish(scene.keeper.submit('suspectChunks', { chunks }))
  assert.equal(await scene.work(scene.mender), 1)
  assert.deepEqual(suspects(scene), [])
})

test('mend: an idle store costs no full look', async () => {
  const scene = await filled(6, 1)
  await scene.mend()
  assert.equal(await scene.work(scene.mender), 0)
})
