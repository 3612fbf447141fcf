import { SimulationError, type SimulationOptions, simulate } from './simulation.ts'

/** What is known of a failure so far: how to see it again, in as few steps and with as few kinds of faults as were tried. */
export interface ShrinkOptions {
  readonly failure: SimulationError
  /** Whether there is time for another run. */
  readonly mayGoOn: () => boolean
  /** Throws a SimulationError when the run fails. */
  readonly run?: (options: SimulationOptions) => Promise<unknown>
}

/**
 * Looks for a shorter path to a failure, whichever it then is: fewer kinds of faults, then fewer steps.
 * @returns the failure of the shortest run that was found
 */
export async function shrink({ failure, mayGoOn, run = simulate }: ShrinkOptions): Promise<SimulationError> {
  let shortest = failure
  const fails = async (options: SimulationOptions) => {
    if (!mayGoOn()) return false
    const error = await failureOf(() => run(options))
    if (error !== undefined) shortest = error
    return error !== undefined
  }
  for (const each of failure.classes) {
    const { options } = shortest
    await fails({ ...options, without: [...(options.without ?? []), each] })
  }
  // What had begun when it failed is enough, unless it is the end that fails.
  let highest = Math.min(shortest.options.steps, shortest.stepsBegun)
  if (highest < shortest.options.steps) await fails({ ...shortest.options, steps: highest })
  highest = shortest.options.steps
  for (let lowest = 0; highest - lowest > 1 && mayGoOn(); ) {
    const middle = (lowest + highest) >> 1
    if (await fails({ ...shortest.options, steps: middle })) highest = middle
    else lowest = middle
  }
  return shortest
}

async function failureOf(run: () => Promise<unknown>): Promise<SimulationError | undefined> {
  try {
    await run()
    return undefined
  } catch (error) {
    if (error instanceof SimulationError) return error
    throw error
  }
}
