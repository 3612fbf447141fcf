import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Ejection } from './ejection.ts'

const ejection = () => new Ejection({ ejectionBaseMs: 2_000, ejectionMsMax: 5_000, forgiveMs: 10_000 })

test('Ejection: takes longer each time, up to a limit', () => {
  const its = ejection()
  let nowMs = 0
  for (const durationMs of [2_000, 4_000, 5_000, 5_000]) {
    assert.equal(its.eject('slow', nowMs), durationMs)
    assert.equal(its.reason, 'slow')
    assert.equal(its.endWhenDue(nowMs + durationMs - 1, nowMs), false)
    nowMs += durationMs
    assert.equal(its.endWhenDue(nowMs, nowMs), true)
    assert.equal(its.reason, undefined)
  }
  assert.equal(its.total, 4)
})

test('Ejection: one is forgiven for each ten seconds in service', () => {
  const its = ejection()
  const ejectAt = (nowMs: number) => {
    const durationMs = its.eject('slow', nowMs)
    its.endWhenDue(nowMs + durationMs, nowMs)
    return durationMs
  }
  assert.equal(ejectAt(0), 2_000)
  assert.equal(ejectAt(2_000), 4_000)
  assert.equal(ejectAt(16_000), 4_000)
  assert.equal(ejectAt(999_000), 2_000)
})

test('Ejection: does not end before a check has passed that was sent later', () => {
  const its = ejection()
  its.eject('silent', 1_000)
  assert.equal(its.endWhenDue(60_000, 999), false)
  assert.equal(its.endWhenDue(60_000, 59_000), true)
  assert.equal(its.endWhenDue(60_000, 59_000), false)
})
