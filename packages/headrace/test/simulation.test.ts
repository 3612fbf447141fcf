import assert from 'node:assert/strict'
import { test } from 'node:test'
import { simulate } from '../sim/simulation.ts'

const secondsMax = Number(process.env.HEADRACE_SIM_SECONDS ?? 10)
const steps = 150

test('simulation: the same seed gives the same run', async () => {
  for (const seed of [1, 2, 3]) {
    assert.deepEqual(await simulate({ seed, steps }), await simulate({ seed, steps }))
  }
})

test('simulation: whatever fails and whenever the power is cut, what was acknowledged is there', async (t) => {
  const first = Math.floor(Math.random() * 2 ** 31)
  const endMs = performance.now() + secondsMax * 1000
  let seeds = 0
  let powerCuts = 0
  while (performance.now() < endMs) {
    powerCuts += (await simulate({ seed: first + seeds, steps })).powerCuts
    seeds += 1
  }
  t.diagnostic(`${seeds} seeds from ${first}, ${powerCuts} power cuts`)
})
