import assert from 'node:assert/strict'
import { test } from 'node:test'
import { UpstreamFigures } from './upstream-figures.ts'
import { UsualTimes } from './usual-times.ts'

function figures() {
  const usual = new UsualTimes({ usualFirstByteMs: 50, usualFirstByteMsMin: 1 })
  usual.update([new Map([['get', 5]])])
  return new UpstreamFigures({ windowMs: 10_000, decayMs: 3_000, latencySamplesMin: 3 }, usual)
}

test('UsualTimes: the median of upstreams, and something where nothing is known', () => {
  const usual = new UsualTimes({ usualFirstByteMs: 50, usualFirstByteMsMin: 1 })
  assert.equal(usual.of('get'), 50)
  usual.update([
    new Map([['get', 5]]),
    new Map([
      ['get', 6],
      ['list', 0.2],
    ]),
    new Map([['get', 900]]),
  ])
  assert.equal(usual.of('get'), 6)
  assert.equal(usual.of('list'), 1)
  assert.equal(usual.of('put'), 50)
  assert.equal(usual.of(undefined), 50)
  usual.update([new Map()])
  assert.equal(usual.of('get'), 6, 'what was known stays')
})

test('UpstreamFigures: what waits makes it dear before it is answered', () => {
  const its = figures()
  assert.equal(its.expense(0), 1)
  its.await({ kind: 'get', startedMs: 0 })
  assert.equal(its.expense(4), 1)
  assert.equal(its.expense(500), 100)
  assert.equal(its.oldestUnansweredMs(500), 500)
})

test('UpstreamFigures: it is silent when nothing came since something waits', () => {
  const its = figures()
  assert.equal(its.silentMs(500), 0)
  const first = { kind: 'get', startedMs: 1_000 } as const
  its.await(first)
  its.await({ kind: 'get', startedMs: 1_200 })
  assert.equal(its.silentMs(1_500), 500)
  its.lifeMs = 1_400
  assert.equal(its.silentMs(1_500), 100)
  its.awaitNoMore(first)
  assert.equal(its.silentMs(2_000), 600)
  assert.equal(its.oldestUnansweredMs(2_000), 800)
})

test('UpstreamFigures: one that was given up took that long at least', () => {
  const its = figures()
  its.gaveUp({ kind: 'get', startedMs: 0 }, 1_000)
  assert.equal(its.expense(1_000), 200)
  its.gaveUp({ kind: 'get', startedMs: 999 }, 1_000)
  assert.equal(its.expense(1_000), 200, 'a client that was in a hurry does not make it fast')
  assert.equal(its.firstByteMs(1_000), undefined)
})

test('UpstreamFigures: failures and throttling make it dear, one alone not very', () => {
  const its = figures()
  its.ended('unavailable', 0, true)
  assert.ok(its.expense(0) > 1 && its.expense(0) < 1.5)
  for (let n = 0; n < 50; n += 1) its.ended(n % 2 === 0 ? 'ok' : 'throttled', 0, true)
  assert.ok(its.expense(0) > 3 && its.expense(0) < 4)
  its.reset()
  assert.equal(its.expense(0), 1)
  assert.deepEqual([its.totals.ok, its.totals.throttled, its.totals.unavailable], [25, 25, 1])
})

test('UpstreamFigures: errors in a row', () => {
  const its = figures()
  its.ended('reset', 0, true)
  its.ended('connect', 0, true)
  its.ended('abandoned', 0, true)
  assert.equal(its.consecutiveErrors, 2)
  its.ended('timeout', 0, false)
  assert.equal(its.consecutiveErrors, 2, 'of what began long ago')
  its.ended('throttled', 0, true)
  assert.equal(its.consecutiveErrors, 0)
})

test('UpstreamFigures: times by kind when there are enough, and of all', () => {
  const its = figures()
  for (const [kind, ms] of [
    ['get', 4],
    ['get', 6],
    ['get', 8],
    ['list', 100],
    [undefined, 9_999],
  ] as const) {
    its.answered({ kind, startedMs: 10_000 - ms }, 10_000)
  }
  assert.deepEqual([...its.medianMs(10_000)], [['get', 6]])
  assert.deepEqual(its.firstByteMs(10_000), { p50: 6, p99: 100 })
  assert.equal(its.expense(10_000), 2, 'of 100 ms where 50 are usual; faster ones are no better than usual')
})
