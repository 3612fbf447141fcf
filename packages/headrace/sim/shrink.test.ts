import assert from 'node:assert/strict'
import { test } from 'node:test'
import { shrink } from './shrink.ts'
import { SimulationError, type SimulationOptions } from './simulation.ts'
import { faultClasses } from './swarm.ts'

/** A store that fails from the 37th operation on when there are power cuts. */
async function run(options: SimulationOptions): Promise<void> {
  const classes = faultClasses.filter((each) => !options.without?.includes(each))
  if (options.steps < 37 || !classes.includes('powerCuts')) return
  throw new SimulationError(options, { stepsBegun: Math.min(options.steps, 60), classes }, new Error('it fails'))
}

async function failureOf(options: SimulationOptions): Promise<SimulationError> {
  return await run(options).then(
    () => assert.fail('it does not fail'),
    (error) => error,
  )
}

test('shrink: leaves out what a failure does not need, and finds the fewest steps', async () => {
  const failure = await failureOf({ seed: 5, steps: 300 })
  const { options, message } = await shrink({ failure, mayGoOn: () => true, run })
  assert.equal(options.steps, 37)
  assert.deepEqual(
    options.without,
    faultClasses.filter((each) => each !== 'powerCuts'),
  )
  assert.match(message, /npm run sim -- --seed 5 --steps 37 --without kills,/)
})

test('shrink: gives what it has when there is no more time', async () => {
  const failure = await failureOf({ seed: 5, steps: 300 })
  let runs = 0
  const mayGoOn = () => runs++ < 3
  const { options } = await shrink({ failure, mayGoOn, run })
  assert.equal(options.steps, 300)
  assert.equal(options.without?.length, 2)
})
