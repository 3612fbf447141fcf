import assert from 'node:assert/strict'
import { test } from 'node:test'
import { groupDefaults } from '../options.ts'
import { failsMore, isSilent, isSlower, type PeerFigures } from './outliers.ts'

const options = groupDefaults.outlier

function peer(given: Partial<PeerFigures> = {}): PeerFigures {
  return { counts: { total: 0, failed: 0, throttled: 0 }, medianMs: new Map(), silentMs: 0, quietMs: 5, ...given }
}

const failing = (failed: number, total = 100) => peer({ counts: { total, failed, throttled: 0 } })
const taking = (ms: number) => peer({ medianMs: new Map([['get', ms]]) })

test('failsMore: than two peers that do well, from a margin on', () => {
  const peers = [failing(0), failing(1)]
  assert.equal(failsMore(failing(10), peers, options), undefined)
  assert.equal(failsMore(failing(30), peers, options), '70 % of its exchanges succeed, 100 % of those of its peers')
})

test('failsMore: not where peers differ, do as badly, or have too little to compare with', () => {
  assert.equal(failsMore(failing(40), [failing(30), failing(0)], options), undefined)
  assert.equal(failsMore(failing(35), [failing(30), failing(32)], options), undefined)
  assert.equal(failsMore(failing(5, 10), [failing(0)], options), undefined)
  assert.equal(failsMore(failing(30), [failing(0, 10)], options), undefined)
  assert.equal(failsMore(failing(30), [], options), undefined)
})

test('failsMore: throttling is no failure', () => {
  const throttled = peer({ counts: { total: 100, failed: 0, throttled: 90 } })
  assert.equal(failsMore(throttled, [failing(0)], options), undefined)
})

test('isSlower: than three times the median of its peers', () => {
  const peers = [taking(10), taking(12)]
  assert.equal(isSlower(taking(36), peers, options), undefined)
  assert.equal(isSlower(taking(37), peers, options), 'the first byte of get takes 37 ms, 12.0 ms at its peers')
})

test('isSlower: not where it is fast enough, or peers have other requests', () => {
  assert.equal(isSlower(taking(10), [taking(0.5), taking(0.5)], options), undefined)
  assert.equal(isSlower(taking(500), [taking(5), peer(), peer()], options), undefined)
  assert.match(isSlower(taking(500), [taking(5), peer()], options) ?? '', /500 ms/)
  assert.equal(isSlower(peer(), [taking(5)], options), undefined)
})

test('isSilent: when peers have answered since', () => {
  const silent = peer({ silentMs: 800, quietMs: 900 })
  assert.equal(isSilent(silent, [peer({ quietMs: 100 })], options), 'nothing came from it for 800 ms')
  assert.equal(isSilent(silent, [peer({ quietMs: 800 })], options), undefined)
  assert.equal(isSilent(peer({ silentMs: 799 }), [peer()], options), undefined)
  assert.equal(isSilent(silent, [], options), undefined)
})
