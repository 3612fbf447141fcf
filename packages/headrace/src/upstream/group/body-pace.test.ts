import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SimClock } from '../../../sim/sim-clock.ts'
import { BodyPace } from './body-pace.ts'
import { UsualTimes } from './figures/usual-times.ts'
import { groupDefaults } from './options.ts'

const mebibyte = 1024 * 1024
const stalled = { name: 'AttemptError', fault: 'stalled', upstream: 'a' }

/** A body, and what was measured of it. */
function scene({ usualMs, hasOthers = true }: { usualMs?: number; hasOthers?: boolean } = {}) {
  const clock = new SimClock()
  const usual = new UsualTimes(groupDefaults.selection)
  if (usualMs !== undefined) usual.update([new Map([['body', usualMs]])])
  const pace = new BodyPace({ clock, usual, options: groupDefaults.body }, () => hasOthers)
  const measured: number[] = []
  const begin = (bodyBytes: number | undefined, sink = { write: (): Promise<void> | undefined => undefined }) =>
    pace.follow(sink, { upstream: 'a', bodyBytes, measured: (ms) => measured.push(Math.round(ms)) })
  /** A body whose pieces come one after the other. */
  const read = (pieces: readonly { afterMs: number; bytes: number }[]) => {
    const sink = begin(pieces.reduce((sum, { bytes }) => sum + bytes, 0))
    for (const { afterMs, bytes } of pieces) {
      clock.advance(afterMs)
      sink?.write(Buffer.alloc(bytes))
    }
    sink?.finish()
  }
  return { clock, measured, begin, read }
}

const pieces = (count: number, afterMs: number, bytes: number) =>
  Array.from({ length: count }, () => ({ afterMs, bytes }))
/** 1 MB/s after the first MiB. */
const trickle = [{ afterMs: 5, bytes: mebibyte }, ...pieces(350, 20, 20_000)]

test('BodyPace: a body that crawls where others do not is not waited for', () => {
  const { measured, read, clock } = scene({ usualMs: 10 })
  assert.throws(() => read(trickle), stalled)
  assert.ok(clock.monotonic() < 1_200, `after ${clock.monotonic()} ms`)
  assert.ok((measured.at(-1) ?? 0) > 300)
})

test('BodyPace: it is waited for when all crawl, when nothing is known, or where there is no other', () => {
  for (const given of [{ usualMs: 500 }, {}, { usualMs: 10, hasOthers: false }]) {
    assert.doesNotThrow(() => scene(given).read(trickle), JSON.stringify(given))
  }
})

test('BodyPace: it is waited for when hardly anything is left', () => {
  assert.doesNotThrow(() => scene({ usualMs: 10 }).read(pieces(70, 20, 20_000)))
})

test('BodyPace: stripes with silence between them are no collapse', () => {
  const stripe = [{ afterMs: 900, bytes: 64 * 1024 }, ...pieces(63, 0, 64 * 1024)]
  const { read, measured } = scene({ usualMs: 200 })
  read([...stripe, ...stripe, ...stripe, ...stripe])
  assert.deepEqual(new Set(measured), new Set([225]))
})

test('BodyPace: the time that whoever takes the bytes needs does not count', async () => {
  const { clock, begin, measured } = scene({ usualMs: 10 })
  const sink = begin(8 * mebibyte, { write: async () => clock.advance(2_000) })
  for (let n = 0; n < 8; n += 1) {
    clock.advance(10)
    await sink?.write(Buffer.alloc(mebibyte))
  }
  sink?.finish()
  assert.deepEqual(measured, [10])
})

test('BodyPace: small bodies, and those of no known size, are not looked at', () => {
  const { begin } = scene()
  assert.equal(begin(mebibyte - 1), undefined)
  assert.equal(begin(undefined), undefined)
})

test('BodyPace: one in twenty large bodies may be given up, and some that were saved up', () => {
  const { read } = scene({ usualMs: 10 })
  let givenUp = 0
  for (let n = 0; n < 400; n += 1) {
    try {
      read(trickle)
    } catch {
      givenUp += 1
    }
  }
  const { collapsedReserve, collapsedShare } = groupDefaults.body
  assert.equal(givenUp, collapsedReserve + 400 * collapsedShare)
})
