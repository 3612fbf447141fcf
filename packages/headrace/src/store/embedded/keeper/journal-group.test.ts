import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SimClock } from '../../../../sim/sim-clock.ts'
import { SimDrive, SimPower } from '../../../../sim/sim-drive.ts'
import { SimRandom } from '../../../../sim/sim-random.ts'
import { FailingDrive, type FailureCode } from '../../../../test/support/failing-drive.ts'
import { finish } from '../../../../test/support/finish.ts'
import { encodeJournalRecord } from '../format/journal-record.ts'
import { replayJournal } from './journal.ts'
import { JournalGroup } from './journal-group.ts'

const term = 7

/** A record of one commit, or of several. */
function record(firstSeq: number, lastSeq = firstSeq): Buffer {
  const write = { database: 'meta', key: Buffer.from('seq'), value: Buffer.from(String(lastSeq)) } as const
  return encodeJournalRecord({ firstSeq, lastSeq, term, writes: [write] })
}

/** A group of drives in one machine, and what its owner was told. */
class Scene {
  readonly clock = new SimClock()
  readonly power = new SimPower()
  readonly sims: SimDrive[]
  readonly drives: FailingDrive[]
  readonly lost: number[] = []
  /** The map takes its time. */
  memberLost = async (device: number): Promise<void> => {
    await this.clock.sleep(10)
    this.lost.push(device)
  }
  readonly group: JournalGroup

  constructor(count: number, { fileBytesMax }: { fileBytesMax?: number } = {}) {
    const { clock, power } = this
    this.sims = Array.from(
      { length: count },
      (_, number) => new SimDrive(clock, new SimRandom(number), { name: `d${number}`, power }),
    )
    this.drives = this.sims.map((sim) => new FailingDrive(sim))
    this.group = new JournalGroup({
      term,
      clock,
      members: this.drives.map((drive, device) => ({ device, drive })),
      memberLost: (device) => this.memberLost(device),
      ...(fileBytesMax === undefined ? {} : { fileBytesMax }),
    })
  }

  finish<T>(work: Promise<T>): Promise<T> {
    return finish(this.clock, work)
  }

  append(firstSeq: number, lastSeq = firstSeq): Promise<void> {
    return this.finish(this.group.append(record(firstSeq, lastSeq), firstSeq))
  }

  /** What a drive has after a power cut. */
  async seqs(device: number, afterSeq = 0): Promise<number[]> {
    this.power.restore()
    const sim = this.sims[device] as SimDrive
    sim.settle()
    sim.faults.delayMs = 0
    sim.faults.deadCode = undefined
    const seqs: number[] = []
    await this.finish(replayJournal(sim, afterSeq, ({ lastSeq }) => seqs.push(lastSeq)))
    return seqs
  }
}

test('append: every drive has the record when it resolves', async () => {
  const scene = new Scene(3)
  await scene.finish(scene.group.open())
  for (const seq of [1, 2, 3]) await scene.append(seq)
  assert.ok(scene.group.bytesSinceCut === 3 * record(1).length && scene.group.filesSinceCut === 1)
  for (const device of [0, 1, 2]) assert.deepEqual(await scene.seqs(device), [1, 2, 3])
})

/** Appends five records over files that are soon full; @returns those that were acknowledged, and whether some failed for good */
async function script(scene: Scene): Promise<{ acknowledged: number[]; isOver: boolean; refused: number }> {
  const acknowledged: number[] = []
  let refused = 0
  try {
    await scene.finish(scene.group.open())
    for (let seq = 1; seq <= 5; ) {
      try {
        await scene.append(seq, seq)
        acknowledged.push(seq)
        seq += 1
      } catch (error) {
        if ((error as { code?: string }).code !== 'ENOSPC') throw error
        refused += 1
        assert.ok(refused < 10)
      }
    }
    await scene.finish(scene.group.cut(2))
  } catch {
    return { acknowledged, isOver: true, refused }
  }
  return { acknowledged, isOver: false, refused }
}

for (const code of ['EIO', 'ENOSPC'] as const satisfies FailureCode[]) {
  test(`append: whichever call of a drive fails with ${code}, the drives of the map have all that was acknowledged`, async () => {
    for (const device of [0, 2]) {
      for (let call = 1; ; call += 1) {
        const scene = new Scene(3, { fileBytesMax: 2 * record(1).length })
        const drive = scene.drives[device] as FailingDrive
        drive.failAt(call, code)
        const { acknowledged, isOver } = await script(scene)
        if (drive.failed === undefined) break
        assert.deepEqual(acknowledged, [1, 2, 3, 4, 5], drive.failed)
        const isCut = /^(remove|list|open|read|size|close)/.test(drive.failed)
        assert.ok(!isOver || isCut, drive.failed)
        if (code === 'ENOSPC') assert.deepEqual(scene.lost, [], drive.failed)
        else assert.ok(scene.lost.length <= 1 && scene.lost.every((each) => each === device))
        for (const named of [0, 1, 2].filter((each) => !scene.lost.includes(each))) {
          assert.deepEqual(await scene.seqs(named, 2), [3, 4, 5], `${drive.failed}, drive ${named}`)
        }
      }
    }
  })
}

test('append: what one drive has no space for is taken off the others, and its place is used again', async () => {
  const scene = new Scene(3)
  await scene.append(1)
  scene.drives[1]?.failAt(1, 'ENOSPC')
  await assert.rejects(scene.append(2, 9), { code: 'ENOSPC' })
  for (const device of [0, 1, 2]) assert.deepEqual(await scene.seqs(device), [1])
  await scene.append(2)
  for (const device of [0, 1, 2]) assert.deepEqual(await scene.seqs(device), [1, 2])
  assert.deepEqual(scene.lost, [])
})

test('append: a drive that a refused record cannot be taken off is lost, before it is refused', async () => {
  const scene = new Scene(3)
  await scene.append(1)
  scene.drives[1]?.failAt(1, 'ENOSPC')
  scene.drives[2]?.failAt(1, 'EIO', /^truncate/)
  await assert.rejects(scene.append(2), { code: 'ENOSPC' })
  assert.deepEqual(scene.lost, [2])
  assert.deepEqual(scene.group.devices, [0, 1])
})

test('append: nothing is acknowledged before the map knows of the drive that was lost', async () => {
  const scene = new Scene(2)
  await scene.append(1)
  ;(scene.drives[0] as FailingDrive).failAt(1, 'EIO')
  const map = Promise.withResolvers<void>()
  scene.memberLost = () => map.promise
  let isAcknowledged = false
  const appended = scene.group.append(record(2), 2).then(() => {
    isAcknowledged = true
  })
  await scene.finish(scene.clock.sleep(60_000))
  assert.equal(isAcknowledged, false)
  map.resolve()
  await scene.finish(appended)
  assert.deepEqual(await scene.seqs(1), [1, 2])
})

test('append: when the map cannot be changed, nothing is acknowledged any more', async () => {
  const scene = new Scene(2)
  ;(scene.drives[0] as FailingDrive).failAt(1, 'EIO')
  scene.memberLost = () => Promise.reject(new Error('no map'))
  await assert.rejects(scene.append(1), /no map/)
  await assert.rejects(scene.append(2), /no map/)
})

test('append: a drive that hangs is given up two seconds after the others, and what it does later harms nothing', async () => {
  const scene = new Scene(3)
  await scene.append(1)
  const [first] = scene.sims as [SimDrive]
  first.faults.delayMs = 30_000
  const beforeMs = scene.clock.monotonic()
  await scene.append(2)
  const tookMs = scene.clock.monotonic() - beforeMs
  assert.ok(tookMs >= 2_000 && tookMs < 2_100, `${tookMs} ms`)
  assert.deepEqual(scene.lost, [0])
  const callsMs = scene.clock.monotonic()
  await scene.append(3)
  assert.ok(scene.clock.monotonic() - callsMs < 100)
  await scene.finish(scene.clock.sleep(100_000))
  assert.deepEqual(await scene.seqs(1), [1, 2, 3])
  assert.ok((await scene.seqs(0)).every((seq) => seq <= 2))
})

test('append: the last drive is waited for however long, and its failure is told with no code of its own', async () => {
  const scene = new Scene(1)
  const [sim] = scene.sims as [SimDrive]
  sim.faults.delayMs = 100_000
  await scene.append(1)
  sim.faults.deadCode = 'EIO'
  await assert.rejects(scene.append(2), (error: Error & { code?: string }) => {
    assert.equal(error.code, undefined)
    return (error.cause as { code?: string }).code === 'EIO' || error.cause instanceof Error
  })
  assert.deepEqual(scene.lost, [], 'it is what the next opening begins with')
})

test('append: a full drive beside one that hangs refuses the record in time', async () => {
  const scene = new Scene(2)
  await scene.append(1)
  scene.drives[0]?.failAt(1, 'ENOSPC')
  ;(scene.sims[1] as SimDrive).faults.delayMs = 1e9
  await assert.rejects(scene.append(2), { code: 'ENOSPC' })
  assert.deepEqual(scene.lost, [1])
})

test('append: when all drives fail at once, the map keeps them', async () => {
  const scene = new Scene(3)
  await scene.append(1)
  for (const { faults } of scene.sims) faults.deadCode = 'ENODEV'
  await assert.rejects(scene.append(2), /no drive is left/)
  assert.deepEqual(scene.lost, [])
})

test('addMember: gets every record from the next one on; alone it is not enough until it is whole', async () => {
  const scene = new Scene(2)
  await scene.append(1)
  await scene.append(2, 4)
  const late = new SimDrive(scene.clock, new SimRandom(9), { name: 'late', power: scene.power })
  const underWay = scene.group.append(record(5), 5)
  const joined = scene.group.addMember(9, late)
  await scene.finish(underWay)
  assert.equal(await joined, 5)
  await scene.append(6)
  scene.sims.push(late)
  assert.deepEqual(scene.group.devices, [0, 1, 9])
  for (const device of [0, 1]) (scene.sims[device] as SimDrive).faults.deadCode = 'EIO'
  await assert.rejects(scene.append(7), /no drive is left/)
  const seqs: number[] = []
  await scene.finish(replayJournal(late, 5, ({ firstSeq }) => seqs.push(firstSeq)))
  assert.deepEqual(seqs, [6, 7])
})

test('addMember: one that fails or is full before it is whole is dropped, and refuses nothing', async () => {
  for (const code of ['EIO', 'ENOSPC'] as const) {
    const scene = new Scene(1)
    const late = new FailingDrive(new SimDrive(scene.clock, new SimRandom(9), { name: 'late', power: scene.power }))
    await scene.append(1)
    assert.equal(await scene.group.addMember(9, late), 1)
    late.failAt(1, code)
    await scene.append(2)
    assert.deepEqual([scene.lost, scene.group.has(9)], [[9], false])
    assert.deepEqual(await scene.seqs(0), [1, 2])
  }
})

test('drop: ends what is under way on the drive; the last one stays', async () => {
  const scene = new Scene(2)
  ;(scene.sims[1] as SimDrive).faults.delayMs = 1_500
  const appended = scene.group.append(record(1), 1)
  await scene.finish(scene.clock.sleep(50))
  const beforeMs = scene.clock.monotonic()
  await scene.finish(scene.group.drop(1, new Error('pulled')))
  await scene.finish(appended)
  assert.ok(scene.clock.monotonic() - beforeMs < 100)
  await scene.finish(assert.rejects(scene.group.drop(0, new Error('pulled too')), /pulled too/))
  assert.deepEqual(scene.group.devices, [0])
  await scene.append(2)
})
