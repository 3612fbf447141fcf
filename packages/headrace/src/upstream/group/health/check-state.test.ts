import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CheckState } from './check-state.ts'

const state = () => new CheckState({ failsToGoDown: 2, passesToComeUp: 3 })

test('CheckState: the first check says it all', () => {
  const its = state()
  assert.equal(its.isDown, false)
  its.failed()
  assert.equal(its.isDown, true)
})

test('CheckState: goes down and comes up after so many in a row', () => {
  const its = state()
  its.passed(1)
  its.failed()
  its.passed(2)
  its.failed()
  assert.equal(its.isDown, false)
  its.failed()
  assert.equal(its.isDown, true)
  its.passed(3)
  its.passed(4)
  its.failed()
  its.passed(5)
  its.passed(6)
  assert.equal(its.isDown, true)
  its.passed(7)
  assert.equal(its.isDown, false)
  assert.equal(its.lastPassMs, 7)
})
