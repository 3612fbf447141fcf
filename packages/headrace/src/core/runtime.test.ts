import assert from 'node:assert/strict'
import { test } from 'node:test'
import { timeOrderedId } from './ids.ts'
import { holdProcess, systemClock, systemRandom } from './runtime.ts'

test('systemClock: waits, calls off, and repeats', async () => {
  const begin = systemClock.monotonic()
  await systemClock.sleep(20)
  assert.ok(systemClock.monotonic() - begin >= 19)
  const happened: string[] = []
  const cancel = systemClock.after(1, () => happened.push('called off'))
  cancel()
  await new Promise<void>((resolve) => {
    const stop = systemClock.every(2, () => {
      happened.push('again')
      if (happened.length < 3) return
      stop()
      resolve()
    })
    // Timers of the clock keep no process alive; the test does.
    const release = holdProcess()
    systemClock.after(1_000, release)
  })
  assert.deepEqual(happened, ['again', 'again', 'again'])
})

test('systemClock.sleep: ends with its signal, before or meanwhile', async () => {
  const gone = new AbortController()
  gone.abort(new Error('gone'))
  await assert.rejects(systemClock.sleep(60_000, gone.signal), /gone/)
  const leaving = new AbortController()
  const sleeping = systemClock.sleep(60_000, leaving.signal)
  leaving.abort(new Error('leaving'))
  await assert.rejects(sleeping, /leaving/)
  const staying = new AbortController()
  await systemClock.sleep(1, staying.signal)
  staying.abort()
})

test('systemRandom: bytes of any count, never the same twice, and numbers below one', () => {
  for (const count of [0, 1, 16, 1_000, 100_000]) assert.equal(systemRandom.bytes(count).length, count)
  const ids = new Set(Array.from({ length: 10_000 }, () => systemRandom.bytes(16).toString('hex')))
  assert.equal(ids.size, 10_000)
  for (let i = 0; i < 100; i += 1) {
    const value = systemRandom.next()
    assert.ok(value >= 0 && value < 1)
  }
})

test('systemRandom: bytes that were given belong to who asked for them', () => {
  const mine = systemRandom.bytes(16)
  const before = Buffer.from(mine)
  mine.fill(0)
  const others = Array.from({ length: 1_000 }, () => systemRandom.bytes(16))
  assert.ok(mine.equals(Buffer.alloc(16)), 'nobody writes into them')
  assert.ok(others.every((bytes) => !bytes.equals(before) && !bytes.equals(mine)))
})

test('timeOrderedId: sorts by the time of its making', () => {
  let nowMs = Date.UTC(2026, 0, 1)
  const runtime = { clock: { ...systemClock, now: () => nowMs }, random: systemRandom }
  const ids: Buffer[] = []
  for (const step of [0, 1, 1, 1_000, 2 ** 32]) {
    nowMs += step
    if (step > 0 || ids.length === 0) ids.push(timeOrderedId(runtime))
  }
  assert.deepEqual(ids.toSorted(Buffer.compare), ids)
  assert.equal(ids[0]?.readUIntBE(0, 6), Date.UTC(2026, 0, 1))
  assert.ok(!timeOrderedId(runtime).equals(timeOrderedId(runtime)))
})
