import assert from 'node:assert/strict'
import { test } from 'node:test'
import { needs } from '../needs.ts'
import { inParallel, Library } from './support/library.ts'
import { DriveStore } from './support/store.ts'

// A drive that is slow is worse than one that is dead, for those who wait for it. Bounds are generous: they hold on a
// machine that is busy with other tests.

const mib = 1024 * 1024

for (const drive of [1, 4]) {
  const what = drive === 1 ? 'with the index' : 'of chunks'
  test(`a drive ${what} that takes a second for each call`, needs('ownServer'), async (t) => {
    const store = await DriveStore.start(t, 6)
    const library = await Library.open(() => store.endpoint)
    await library.fill('object', 20, [mib])
    await library.fill('small', 10, [100 * 1024])
    assert.equal((await store.drive(drive)).isIndexDrive, drive === 1)
    await store.fault('drive', `${drive}`, '--delay', '1s')
    const getMs = await measured(library, 5, async (key) => assert.equal(await library.problemWith(key), undefined))
    const putMs = await measured(library, 1, (key) => library.put(`again ${key}`, mib))
    await library.assertWhole()
    for (const [name, ms] of [
      ['GET', getMs],
      ['PUT', putMs],
    ] as const) {
      t.diagnostic(`${name}: median ${at(ms, 0.5)} ms, p90 ${at(ms, 0.9)} ms, longest ${at(ms, 1)} ms`)
    }
    assert.ok(at(getMs, 1) < 4_000)
    assert.ok(at(getMs, 0.9) < 1_000)
    assert.ok(at(getMs, 0.5) < 500)
    assert.ok(at(putMs, 1) < 15_000)
    // Each commit is in the journal of every drive with the index before it is acknowledged.
    if (drive !== 1) assert.ok(at(putMs, 0.5) < 3_000)
    assert.ok((await store.drive(drive)).isSlow)
    await store.fault('clear')
    await store.becomes('full')
    await library.assertWhole()
    await store.stop()
  })
}

/** How long something takes for each object, so many times: in milliseconds, the shortest first. */
async function measured(library: Library, times: number, work: (key: string) => Promise<void>): Promise<number[]> {
  const { keys } = library
  const took: number[] = []
  for (let time = 0; time < times; time += 1) {
    await inParallel(keys, async (key) => {
      const beganMs = performance.now()
      await work(key)
      took.push(Math.round(performance.now() - beganMs))
    })
  }
  return took.sort((a, b) => a - b)
}

function at(sorted: readonly number[], quantile: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * quantile))] as number
}
