import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { actions } from '../../../test/conformance/harness.ts'
import { openAt, runtime, temporaryFolder } from '../../../test/open-store.ts'
import { SpanPools } from '../../store/embedded/data/span.ts'
import { DriveFaultCounts, driveFigures } from '../../store/embedded/drive/drive-figures.ts'
import { BackgroundFiles } from '../../work/background-files.ts'
import { BackgroundWriter } from '../../work/background-writer.ts'
import { CensusTaker } from '../../work/census/census-taker.ts'
import { MemoryQueue } from '../../work/memory-queue.ts'
import { DriveSpace } from '../../work/mend/drive-space.ts'
import { Mend } from '../../work/mend/mend.ts'
import { MoveFigures } from '../../work/mend/move-figures.ts'
import { MoveLog } from '../../work/mend/move-log.ts'
import { Pacer } from '../../work/pacer.ts'
import { runWorkers } from '../../work/worker.ts'
import type { StartedWork, StoreAdmin } from '../store-admin.ts'
import { createStoreAdmin } from './create-store-admin.ts'

/** A store in folders of this machine, with the work that an operator can ask for. */
async function openStore(folders: readonly string[]) {
  const opened = await openAt(...(folders as [string, ...string[]]))
  const store = opened.keeperStore
  const { clock } = runtime
  const [files, spans] = [new BackgroundFiles(store.drives, clock), new SpanPools()]
  const pacer = new Pacer({ clock, load: () => store.foregroundLoad() })
  const figures = new MoveFigures()
  const moves = new MoveLog(store, figures)
  const census = new CensusTaker({ store, files, spans, pacer })
  const writer = new BackgroundWriter(store)
  const memory = new MemoryQueue(64 * 2 ** 20)
  const tools = { store, files, writer, spans, memory, pacer, figures, space: new DriveSpace(store) }
  const mend = new Mend({ tools, census, moves })
  const running = runWorkers([mend, census], runtime)
  const faults = new DriveFaultCounts()
  const admin = createStoreAdmin({
    ...{ store, mend, moves, census },
    changeMap: (edit) => store.changeMap(edit),
    places: [],
    reasonOf: (device) => store.monitor.reasonOf(device),
    ownFigures: () => driveFigures(store.drives, faults),
    gatewayFigures: async () => [],
    faults: undefined,
    spreadFaults() {},
    workers: () => running.status(),
    scrub: { start: () => 0 },
    rebuildIndex: () => store.rebuildIndex(),
    salvage: () => Promise.reject(new Error('of others')),
    version: '1.2.3',
  })
  const close = async () => {
    await running.stop()
    mend.close()
    moves.close()
    pacer.close()
    await writer.close()
    files.close()
    await opened.close()
  }
  return { admin, close, ...actions(opened.store) }
}

async function finished(admin: StoreAdmin, work: StartedWork | null): Promise<void> {
  assert.ok(work !== null)
  const endMs = runtime.clock.monotonic() + 20_000
  for (;;) {
    const { startedMs, finishedMs, note } = await admin.progress({ worker: work.worker })
    assert.ok(startedMs !== null && startedMs >= work.startedMs)
    if (finishedMs !== null) return
    assert.ok(runtime.clock.monotonic() < endMs, `it goes on and on: ${note}`)
    await runtime.clock.sleep(20)
  }
}

async function openIn(t: TestContext, drives: number) {
  const root = await temporaryFolder({ after: (action) => t.after(action) })
  const folders = Array.from({ length: drives }, (_, number) => join(root, `d${number}`))
  return { root, folders }
}

test('a real store: grows from three drives to seven, gives one back, and remembers it', async (t) => {
  const { root, folders } = await openIn(t, 3)
  let store = await openStore(folders)
  t.after(() => store.close())
  await store.create('bucket')
  const objects = new Map<string, Buffer>()
  for (let number = 0; number < 40; number += 1) {
    const bytes = Buffer.alloc([1_000, 40_000, 400_000, 2_000_000][number % 4] as number, `object ${number}`)
    objects.set(`object ${number}`, bytes)
    await store.put('bucket', `object ${number}`, bytes)
  }
  const requireAll = async () => {
    for (const [key, bytes] of objects) assert.ok((await store.get('bucket', key)).equals(bytes), key)
  }
  const drive = (name: string) => ({ path: join(root, name), host: null, rack: null, deviceClass: 'hot' })
  const grown = await store.admin.addDrives({ drives: ['d3', 'd4', 'd5'].map(drive) })
  await finished(store.admin, grown.work)
  const six = await store.admin.status({})
  assert.deepEqual([six.verdict, six.objects, six.profiles[0]?.large.k], ['full', 40, 4])
  assert.ok((six.lastMove?.reencodedBytes ?? 0) > 0 && six.misplacedChunks === 0)
  await requireAll()

  const { prediction, work } = await store.admin.addDrives({ drives: [drive('d6')] })
  await finished(store.admin, work)
  const seven = await store.admin.status({})
  assert.equal(seven.lastMove?.reason, 'add drive 6')
  assert.ok(Math.abs((seven.lastMove?.movedBytes ?? 0) / prediction.movedBytes - 1) < 0.001)
  const { drives } = await store.admin.drives({})
  for (const { capacityBytes, freeBytes, chunks, shareOfIdeal } of drives) {
    assert.ok(capacityBytes > freeBytes && freeBytes > 0 && chunks > 0 && shareOfIdeal !== null)
  }
  await requireAll()

  await finished(store.admin, (await store.admin.removeDrive({ drive: 2, force: false })).work)
  assert.equal((await store.admin.drives({})).drives.find(({ id }) => id === 2)?.chunks ?? 0, 0)
  await requireAll()
  const { lastMove } = await store.admin.status({})
  assert.equal(lastMove?.reason, 'remove drive 2')
  await store.close()
  store = await openStore(folders)
  assert.deepEqual((await store.admin.status({})).lastMove, lastMove)
  await requireAll()
})
