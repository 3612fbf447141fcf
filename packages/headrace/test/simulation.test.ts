import assert from 'node:assert/strict'
import { test } from 'node:test'
import { simulate } from '../sim/simulation.ts'

const secondsMax = Number(process.env.HEADRACE_SIM_SECONDS ?? 12)
const steps = 200

test('simulation: the same seed gives the same run', async () => {
  for (const seed of [1, 2, 3]) {
    const options = { seed, steps: 60 }
    assert.deepEqual(await simulate(options), await simulate(options))
  }
})

test('simulation: whatever fails and whenever, what was acknowledged is there, and everything heals', async (t) => {
  const first = Math.floor(Math.random() * 2 ** 31)
  const endMs = performance.now() + secondsMax * 1000
  const sum = { seeds: 0, faults: 0, powerCuts: 0, kills: 0 }
  while (performance.now() < endMs) {
    const { faults, powerCuts, kills } = await simulate({ seed: first + sum.seeds, steps })
    sum.seeds += 1
    sum.faults += faults
    sum.powerCuts += powerCuts
    sum.kills += kills
  }
  const { seeds, faults, powerCuts, kills } = sum
  t.diagnostic(`${seeds} seeds from ${first}: ${faults} faults of drives, ${powerCuts} power cuts, ${kills} kills`)
})
