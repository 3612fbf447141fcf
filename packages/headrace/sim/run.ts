// `npm run sim -- --help` says what it does and takes.
import { parseArgs } from 'node:util'
import { printEvents } from './print-events.ts'
import { shrink } from './shrink.ts'
import { SimulationError, type SimulationOptions, type SimulationResult, simulate } from './simulation.ts'
import { type FaultClass, faultClasses } from './swarm.ts'

const help = `Runs the store in a simulated machine, seed by seed, each seed twice: both runs must be the same.

  --seed N          the first seed; by default a random one
  --count C         how many seeds; 20 by default, 1 with --seed
  --steps M         operations of clients in each run; 300 by default
  --drives N        how many drives a store begins with; by default the seed decides
  --without A,B     leaves out kinds of faults: ${faultClasses.join(', ')}
  --log             prints everything that happens
  --shrink-seconds  how long to look for a shorter path to a failure; 60 by default`

/** Seconds for runs of a seed that fails. */
const shrinkSeconds = '60'

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    steps: { type: 'string', default: '300' },
    count: { type: 'string' },
    drives: { type: 'string' },
    without: { type: 'string' },
    log: { type: 'boolean', default: false },
    'shrink-seconds': { type: 'string', default: shrinkSeconds },
    help: { type: 'boolean', default: false },
  },
})

if (values.help) console.log(help)
else await runAll()

async function runAll(): Promise<void> {
  const first = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : wholeNumber('seed')
  const count = values.count === undefined ? (values.seed === undefined ? 20 : 1) : wholeNumber('count')
  const drives = values.drives === undefined ? undefined : wholeNumber('drives')
  const without = classesOf(values.without)
  for (let seed = first; seed < first + count; seed += 1) {
    const options: SimulationOptions = { seed, steps: wholeNumber('steps'), drives, without }
    try {
      await runOne(options)
    } catch (error) {
      if (!(error instanceof SimulationError)) throw error
      await explain(error)
      process.exitCode = 1
      return
    }
  }
}

async function runOne(options: SimulationOptions): Promise<void> {
  const startedMs = performance.now()
  const result = await simulate(values.log ? { ...options, events: printEvents } : options)
  const again = await simulate(options)
  if (again.trace !== result.trace) throw new Error(`seed ${options.seed} does not give the same run twice`)
  console.log(`seed ${options.seed}: ${summaryOf(result)} (${((performance.now() - startedMs) / 1000).toFixed(1)} s)`)
}

function summaryOf(result: SimulationResult): string {
  const { acknowledged, reads, powerCuts, kills, faults, driveCalls, drives, simulatedMs } = result
  const minutes = (simulatedMs / 60_000).toFixed(1)
  return (
    `${drives} drives, ${acknowledged} writes, ${reads} reads, ${faults} faults of drives, ${powerCuts} power cuts, ` +
    `${kills} kills, ${driveCalls} drive calls in ${minutes} simulated minutes`
  )
}

/** Says how a run failed, and how to see it again. */
async function explain(failure: SimulationError): Promise<void> {
  console.error(failure.message)
  console.error(failure.cause)
  const endMs = performance.now() + wholeNumber('shrink-seconds') * 1000
  const shortest = await shrink({ failure, mayGoOn: () => performance.now() < endMs })
  if (shortest === failure) return
  console.error(`the shortest path that was found: ${shortest.message}`)
  console.error(shortest.cause)
}

function wholeNumber(name: 'seed' | 'count' | 'steps' | 'drives' | 'shrink-seconds'): number {
  const value = Number(values[name])
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`--${name} takes a whole number, not ${values[name]}`)
  return value
}

function classesOf(names: string | undefined): FaultClass[] | undefined {
  return names?.split(',').map((name) => {
    const known = faultClasses.find((each) => each === name)
    if (known === undefined) throw new Error(`--without takes ${faultClasses.join(', ')}, not ${name}`)
    return known
  })
}
