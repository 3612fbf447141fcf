import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HedgeBudget } from './hedge-budget.ts'

/** How many single reads it lets through now. */
function spendAll(budget: HedgeBudget): number {
  let spent = 0
  while (budget.spend(1)) spent += 1
  return spent
}

test('HedgeBudget: begins with what can be saved up', () => {
  assert.equal(spendAll(new HedgeBudget()), 20)
})

test('HedgeBudget: twenty reads earn one', () => {
  const budget = new HedgeBudget()
  spendAll(budget)
  for (let read = 0; read < 19; read += 1) budget.earn(1)
  assert.equal(budget.spend(1), false)
  budget.earn(1)
  assert.equal(spendAll(budget), 1)
})

test('HedgeBudget: no more is saved than that', () => {
  const budget = new HedgeBudget()
  budget.earn(1_000_000)
  assert.equal(spendAll(budget), 20)
})

test('HedgeBudget: several go together or not at all', () => {
  const budget = new HedgeBudget()
  assert.equal(budget.spend(18), true)
  assert.equal(budget.spend(3), false)
  assert.equal(budget.spend(2), true)
  assert.equal(budget.spend(1), false)
})

test('HedgeBudget: over any number of reads, hedges are a twentieth of them and what was saved', () => {
  const budget = new HedgeBudget()
  let hedges = 0
  for (let read = 0; read < 10_000; read += 1) {
    budget.earn(1)
    if (budget.spend(1)) hedges += 1
  }
  assert.ok(hedges <= 520 && hedges >= 515, `${hedges} hedges`)
})
