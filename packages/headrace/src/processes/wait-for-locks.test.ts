import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { SimClock } from '../../sim/sim-clock.ts'
import { type Test, temporaryFolder } from '../../test/open-store.ts'
import { settled } from '../../test/support/waiting.ts'
import { StoreLockedError, takeLock } from '../store/embedded/drive/store-lock.ts'
import { waitForOrphans } from './wait-for-locks.ts'

async function withLocks(t: Test) {
  const root = await temporaryFolder(t)
  mkdirSync(join(root, 'locks'))
  return { root, clock: new SimClock(), take: (name: string) => takeLock(join(root, 'locks', name)) }
}

test('waitForOrphans: waits until keeper and gateways of an earlier run are gone', async (t) => {
  const { root, clock, take } = await withLocks(t)
  const locks = [take('keeper'), take('session-3')]
  let isOver = false
  const waiting = waitForOrphans([root], clock).then(() => {
    isOver = true
  })
  for (const lock of locks) {
    clock.advance(1_000)
    await settled()
    assert.equal(isOver, false)
    lock.release()
  }
  for (let second = 0; second < 3; second += 1) {
    clock.advance(1_000)
    await settled()
  }
  await waiting
})

test('waitForOrphans: gives up on one that stays', async (t) => {
  const { root, clock, take } = await withLocks(t)
  const lock = take('session-1')
  const waiting = assert.rejects(waitForOrphans([root], clock), StoreLockedError)
  for (let tenth = 0; tenth < 160; tenth += 1) {
    clock.advance(100)
    await settled()
  }
  await waiting
  lock.release()
})

test('waitForOrphans: locks of others are none of its affairs', async (t) => {
  const { root, clock, take } = await withLocks(t)
  const locks = [take('supervisor'), take('keys')]
  await waitForOrphans([root], clock)
  for (const lock of locks) lock.release()
})
