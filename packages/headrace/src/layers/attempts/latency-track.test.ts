import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LatencyTrack } from './latency-track.ts'

const windowMs = 3_000

/** One that was told of such times, evenly over so many windows. */
function told(track: LatencyTrack, fromMs: number, windows: number, msOf: (index: number) => number): number {
  const samples = 100
  for (let index = 0; index < windows * samples; index += 1) {
    track.record(msOf(index), fromMs + (index * windowMs) / samples)
  }
  return fromMs + windows * windowMs
}

function isAbout(ms: number | undefined, expected: number): void {
  assert.ok(ms !== undefined && ms >= expected * 0.99 && ms <= expected * 1.16, `${ms} ms, not about ${expected} ms`)
}

test('LatencyTrack: too little is nothing', () => {
  const track = new LatencyTrack(windowMs, 0)
  for (let index = 0; index < 19; index += 1) track.record(5, index)
  assert.equal(track.usualP95Ms, undefined)
  assert.equal(track.recentP95Ms(20), undefined)
  track.record(5, 20)
  isAbout(track.usualP95Ms, 5)
})

test('LatencyTrack: a twentieth of the calls does not count, more of them does', () => {
  const few = new LatencyTrack(windowMs, 0)
  told(few, 0, 1, (index) => (index % 25 === 0 ? 900 : 4))
  isAbout(few.usualP95Ms, 4)
  const many = new LatencyTrack(windowMs, 0)
  told(many, 0, 1, (index) => (index % 10 === 0 ? 900 : 4))
  isAbout(many.usualP95Ms, 900)
})

test('LatencyTrack: from a tenth of a millisecond to minutes', () => {
  for (const ms of [0, 0.05, 0.1, 1, 17, 4_000, 90_000]) {
    const track = new LatencyTrack(windowMs, 0)
    told(track, 0, 1, () => ms)
    isAbout(track.usualP95Ms, Math.max(ms, 0.1))
  }
  const beyond = new LatencyTrack(windowMs, 0)
  told(beyond, 0, 1, () => 10_000_000)
  assert.ok((beyond.usualP95Ms ?? 0) > 90_000)
})

test('LatencyTrack: some slow seconds are noticed, and are not usual', () => {
  const track = new LatencyTrack(windowMs, 0)
  const usualUntil = told(track, 0, 20, () => 5)
  const slowUntil = told(track, usualUntil, 4, () => 100)
  isAbout(track.recentP95Ms(slowUntil), 100)
  assert.ok((track.usualP95Ms ?? 0) < 10)
  const fastUntil = told(track, slowUntil, 2, () => 5)
  isAbout(track.recentP95Ms(fastUntil), 5)
})

test('LatencyTrack: what lasts becomes usual', () => {
  const track = new LatencyTrack(windowMs, 0)
  const usualUntil = told(track, 0, 20, () => 5)
  told(track, usualUntil, 100, () => 50)
  assert.ok((track.usualP95Ms ?? 0) > 45)
})

test('LatencyTrack: what is long past is not recent', () => {
  const track = new LatencyTrack(windowMs, 0)
  const untilMs = told(track, 0, 2, () => 5)
  track.record(5, untilMs + windowMs)
  assert.equal(track.recentP95Ms(untilMs + 3 * windowMs), undefined)
  isAbout(track.usualP95Ms, 5)
})
