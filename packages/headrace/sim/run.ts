// `npm run sim [-- --seed N] [--steps M] [--count C]`: runs seeds, one after the other, each twice.
import { parseArgs } from 'node:util'
import { simulate } from './simulation.ts'

const { values } = parseArgs({
  options: { seed: { type: 'string' }, steps: { type: 'string', default: '300' }, count: { type: 'string' } },
})
const steps = Number(values.steps)
const first = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed)
const count = Number(values.count ?? (values.seed === undefined ? 20 : 1))

for (let seed = first; seed < first + count; seed += 1) {
  const startedMs = performance.now()
  try {
    const result = await simulate({ seed, steps })
    const again = await simulate({ seed, steps })
    if (again.trace !== result.trace) throw new Error(`seed ${seed} does not give the same run twice`)
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(1)
    const { acknowledged, reads, powerCuts, driveCalls } = result
    console.log(
      `seed ${seed}: ${acknowledged} writes, ${reads} reads, ${powerCuts} power cuts, ${driveCalls} drive calls (${seconds} s)`,
    )
  } catch (error) {
    console.error((error as Error).message)
    console.error((error as Error).cause ?? error)
    process.exit(1)
  }
}
