import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Budget } from './budget.ts'

function spendAll(budget: Budget, keep = 0): number {
  let spent = 0
  while (budget.spend(keep)) spent += 1
  return spent
}

test('Budget: begins with its reserve, and saves up to its bound', () => {
  const budget = new Budget({ share: 0.1, reserve: 5, savedMax: 8 })
  assert.equal(spendAll(budget), 5)
  for (let request = 0; request < 1_000; request += 1) budget.earn()
  assert.equal(spendAll(budget), 8)
})

test('Budget: ten requests earn one attempt, not nine', () => {
  const budget = new Budget({ share: 0.1, reserve: 0, savedMax: 8 })
  for (let request = 0; request < 9; request += 1) budget.earn()
  assert.equal(budget.spend(), false)
  budget.earn()
  assert.equal(spendAll(budget), 1)
})

test('Budget: what is to be kept is not spent', () => {
  const budget = new Budget({ share: 1, reserve: 10, savedMax: 10 })
  assert.equal(spendAll(budget, 4), 6)
  assert.equal(spendAll(budget), 4)
})

test('Budget: whatever is asked for, no more is spent than the share of requests and what can be saved', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 500 }), fc.constantFrom(0.05, 0.1, 0.5), (isRequest, share) => {
      const budget = new Budget({ share, reserve: 10, savedMax: 20 })
      const requests = isRequest.filter(Boolean).length
      let spent = 0
      for (const each of isRequest) {
        if (each) budget.earn()
        else if (budget.spend()) spent += 1
      }
      assert.ok(spent <= requests * share + 10 + 1e-6)
    }),
  )
})
