import assert from 'node:assert/strict'
import { test } from 'node:test'
import { needs } from '../needs.ts'
import { Library } from './support/library.ts'
import type { Move, Prediction, Status, Width } from './support/reports.ts'
import { chunkFiles, DriveStore } from './support/store.ts'

// A store begins on one drive and grows: better protected with each, readable byte for byte all the time.

const options = needs('ownServer')
const kib = 1024

/** How small and large objects are protected on so many drives. */
const profiles: Record<number, { small: Width; large: Width }> = {
  1: { small: { k: 1, m: 0 }, large: { k: 1, m: 0 } },
  2: { small: { k: 1, m: 1 }, large: { k: 1, m: 1 } },
  3: { small: { k: 1, m: 1 }, large: { k: 1, m: 1 } },
  4: { small: { k: 1, m: 2 }, large: { k: 2, m: 2 } },
  5: { small: { k: 1, m: 2 }, large: { k: 2, m: 2 } },
  6: { small: { k: 1, m: 2 }, large: { k: 4, m: 2 } },
  7: { small: { k: 1, m: 2 }, large: { k: 4, m: 2 } },
}

async function assertProfile(store: DriveStore, drives: number): Promise<void> {
  const { profiles: shown } = await store.status()
  const [{ small, large }] = shown as [Status['profiles'][number]]
  const widths = { small: { k: small.k, m: small.m }, large: { k: large.k, m: large.m } }
  assert.deepEqual(widths, profiles[drives])
  // What was written on fewer drives is protected as if it were new.
  const census = await store.becomesFull()
  const wanted = [widths.small, widths.large].map(({ k, m }) => `${k}+${m}`)
  for (const { k, m } of census.widths) assert.ok(wanted.includes(`${k}+${m}`), JSON.stringify(census))
}

test(
  'from one drive to seven, one by one: protection grows, and everything is readable all the time',
  options,
  async (t) => {
    const store = await DriveStore.start(t, 1)
    const library = await Library.open(() => store.endpoint)
    await library.fill('on 1 drive', 2)
    await library.putParts('parts')
    await assertProfile(store, 1)
    const reading = library.readAgainAndAgain(t)
    for (let count = 2; count <= 7; count += 1) {
      const plan = await store.command<Prediction>('plan-add', store.folder(count))
      const { lastMove } = (await store.command<{ status: Status }>('add', store.folder(count), '--wait')).status
      await assertProfile(store, count)
      assert.equal(lastMove?.predictedBytes, plan.movedBytes)
      await library.fill(`on ${count} drives`)
    }
    await library.assertWhole()
    t.diagnostic(`${await reading.stop()} reads meanwhile`)
    await store.restart(store.folder(4))
    assert.deepEqual((await store.status()).drives, { up: 7, down: 0, leaving: 0, out: 0 })
    await library.assertWhole()
    await store.becomesFull()
    await store.stop()
    store.assertQuiet()
  },
)

test('a seventh drive and its removal move hardly more than they must, as predicted', options, async (t) => {
  const store = await DriveStore.start(t, 6)
  const library = await Library.open(() => store.endpoint)
  await library.fill('object', 200, [256 * kib])
  await library.fill('small', 100, [32 * kib])
  const reading = library.readAgainAndAgain(t)

  const plan = await store.command<Prediction>('plan-add', store.folder(7))
  const added = await store.command<{ status: Status }>('add', store.folder(7), '--wait')
  assertMove(added.status.lastMove, plan)
  await store.becomesFull()
  assert.ok(chunkFiles(store.folder(7)).length > 0)

  const planRemove = await store.command<Prediction>('plan-remove', '2')
  const removed = await store.command<{ status: Status }>('remove', '2', '--wait')
  assertMove(removed.status.lastMove, planRemove)
  await store.becomesFull()
  await store.leaves(2)
  assert.deepEqual(chunkFiles(store.folder(3)), [])
  await store.becomesFull()
  await reading.stop()
  await library.assertWhole()
  await store.stop()
  store.assertQuiet()

  function assertMove(move: Move | null, { movedBytes, reencodeBytes }: Prediction): void {
    assert.ok(move)
    t.diagnostic(`${move.reason}: ${(move.movedBytes / move.minimumBytes).toFixed(3)} × the minimum`)
    assert.ok(move.movedBytes <= 1.1 * move.minimumBytes, JSON.stringify(move))
    assert.ok(Math.abs(move.movedBytes - movedBytes) <= 0.05 * movedBytes, JSON.stringify({ move, movedBytes }))
    assert.deepEqual([reencodeBytes, move.reencodedBytes], [0, 0])
    assert.notEqual(move.finishedMs, null)
  }
})
