import type { Events } from '../src/core/events.ts'
import { silentEvents } from '../src/core/events.ts'
import type { ObjectStore } from '../src/core/store.ts'
import { Client, simBucket } from './actors/client.ts'
import { isForSpace, Operator } from './actors/operator.ts'
import { CheckError, checkHealed, checkReplicas } from './checks/final-check.ts'
import { runUntil, StuckError, settle } from './event-loop.ts'
import { SimProcess } from './sim-process.ts'
import type { FaultClass, SwarmLimits } from './swarm.ts'
import { World } from './world.ts'

export interface SimulationOptions extends SwarmLimits {
  readonly seed: number
  /** Operations that are begun in all. */
  readonly steps: number
  /** Told of everything that happens. */
  readonly events?: (now: () => number) => Events
}

export interface SimulationResult {
  readonly acknowledged: number
  readonly reads: number
  readonly powerCuts: number
  readonly kills: number
  /** Of drives. */
  readonly faults: number
  readonly driveCalls: number
  /** At the end. */
  readonly drives: number
  readonly simulatedMs: number
  /** Names everything that happened: equal for equal seeds. */
  readonly trace: string
}

/** How far a run came, and with which kinds of faults. */
export type RunFacts = Pick<SimulationError, 'stepsBegun' | 'classes'>

/** A run has failed, and with what it fails again. */
export class SimulationError extends Error {
  readonly options: SimulationOptions
  /** Operations that were begun. */
  readonly stepsBegun: number
  readonly classes: readonly FaultClass[]

  constructor(options: SimulationOptions, { stepsBegun, classes }: RunFacts, cause: unknown) {
    super(`seed ${options.seed} fails: run \`${commandOf(options)}\``, { cause })
    this.name = 'SimulationError'
    this.options = options
    this.stepsBegun = stepsBegun
    this.classes = classes
  }
}

export function commandOf({ seed, steps, drives, without = [] }: SimulationOptions): string {
  const more = [
    ...(drives === undefined ? [] : [`--drives ${drives}`]),
    ...without.slice(0, 1).map(() => `--without ${without.join(',')}`),
  ]
  return ['npm run sim --', `--seed ${seed}`, `--steps ${steps}`, ...more].join(' ')
}

/** Calls until a life of the process ends by force: from a few to so many, each magnitude as likely as the others. */
const callsMax = 40_000
/** No life takes longer, in simulated time. */
const lifeLimitMs = 3 * 3_600_000

/**
 * The real store on a simulated clock, drives and chance: clients write and read, drives fail in every way that the store
 * promises to bear, an operator looks after them, processes die at any call, and an auditor checks every read. At the end
 * everything has to heal.
 * @throws SimulationError
 */
export async function simulate(options: SimulationOptions): Promise<SimulationResult> {
  let nowMs = () => 0
  const events = options.events?.(() => nowMs()) ?? silentEvents
  const world = new World({ ...options, events })
  nowMs = () => world.machine.clock.monotonic()
  try {
    return await new Simulation(world).run()
  } catch (error) {
    throw new SimulationError(options, { stepsBegun: world.stepsBegun, classes: [...world.swarm.classes] }, error)
  }
}

/** Between two tries to open a store that is full. */
const pauseMs = 2_000

class Simulation {
  readonly #world: World
  readonly #operator: Operator
  #powerCuts = 0
  #kills = 0

  constructor(world: World) {
    this.#world = world
    this.#operator = new Operator(world)
  }

  async run(): Promise<SimulationResult> {
    const { auditor, machine, random } = this.#world
    // The store is made in peace.
    await this.#live(({ store }) => this.#createBucket(store), { isPeaceful: true })
    const healsAtOnce = random.chance(0.3)
    while (this.#world.stepsLeft > 0) {
      await this.#live(
        async (process) => {
          await this.#work()
          if (healsAtOnce) await this.#checkHealed(process)
        },
        { isPeaceful: false },
      )
    }
    await this.#live((process) => this.#checkHealed(process), { isPeaceful: true })
    await this.#inTime(checkReplicas(machine))
    return {
      acknowledged: auditor.acknowledged,
      reads: auditor.reads,
      powerCuts: this.#powerCuts,
      kills: this.#kills,
      faults: this.#operator.faultsBegun,
      driveCalls: machine.power.calls,
      drives: machine.bays.length,
      simulatedMs: machine.clock.monotonic(),
      trace: this.#world.trace,
    }
  }

  async #createBucket(store: ObjectStore): Promise<void> {
    await store.createBucket({ bucket: simBucket, location: '' }, this.#world.ctx)
  }

  async #checkHealed(process: SimProcess): Promise<void> {
    const { machine } = this.#world
    machine.power.cutAfter(Number.POSITIVE_INFINITY)
    await checkHealed(this.#world, process, this.#operator)
  }

  async #inTime(work: Promise<void>, stop = () => false): Promise<void> {
    try {
      await runUntil(this.#world.machine.clock, work, { stop, limitMs: lifeLimitMs })
    } catch (error) {
      if (error instanceof StuckError) error.message += `; ${this.#world.process?.workers()}`
      throw error
    }
  }

  /** @throws CheckError when the keeper has ended itself though no more drives are bad than it should bear */
  #requireReason(): void {
    const { failure, isRestartWanted } = this.#world
    this.#world.isRestartWanted = false
    if (failure === undefined || isRestartWanted || isForSpace(failure)) return
    throw new CheckError('the keeper has ended itself', { cause: failure })
  }

  async #work(): Promise<void> {
    const clients = Array.from({ length: this.#world.swarm.clients }, () => new Client(this.#world).run())
    await Promise.all([...clients, this.#operator.run()])
  }

  /** One life of the process: the store opens, something is done, and it is closed, unless it dies before. */
  async #live(work: (process: SimProcess) => Promise<void>, { isPeaceful }: { isPeaceful: boolean }): Promise<void> {
    const { machine, random, swarm } = this.#world
    const mayDie = swarm.classes.has('powerCuts') || swarm.classes.has('kills')
    const calls = 1 + Math.floor(callsMax ** random.next())
    machine.power.cutAfter(isPeaceful || !mayDie ? Number.POSITIVE_INFINITY : calls)
    this.#world.failure = undefined
    this.#operator.begin()
    const isDead = () => machine.power.isCut || this.#world.failure !== undefined
    await this.#inTime(this.#open(work), isDead)
    this.#requireReason()
    if (isDead()) this.#noteDeath()
    else this.#end({ withPowerCut: false })
    await settle()
  }

  async #open(work: (process: SimProcess) => Promise<void>): Promise<void> {
    const { machine, runtime, swarm } = this.#world
    this.#world.note('open')
    const failed = (error: unknown) => {
      this.#world.note(`the keeper cannot go on: ${(error as Error).message}`)
      this.#world.failure = error
    }
    let process: SimProcess
    try {
      process = await SimProcess.open({ machine, runtime, graceMs: swarm.graceMs, failed })
    } catch (error) {
      // An opening writes the map: with every drive full to the last byte, it is tried again later.
      if (!isForSpace(error) || !this.#operator.hasFullDrives()) throw error
      await machine.clock.sleep(pauseMs)
      return failed(error)
    }
    this.#world.process = process
    await work(process)
    await process.close()
  }

  /** Power cut, kill, or a keeper that has ended itself. */
  #noteDeath(): void {
    const { random, swarm, failure } = this.#world
    const canCut = swarm.classes.has('powerCuts')
    const withPowerCut = failure === undefined && canCut && (!swarm.classes.has('kills') || random.chance(0.5))
    this.#world.note(withPowerCut ? 'power cut' : 'kill')
    if (withPowerCut) this.#powerCuts += 1
    else this.#kills += 1
    this.#end({ withPowerCut })
  }

  /** Nothing of the process is left; calls that it had under way when it was closed are nobody's, too. */
  #end(how: { readonly withPowerCut: boolean }): void {
    const { machine, auditor, protection } = this.#world
    this.#world.process = undefined
    machine.kill(how)
    auditor.processEnded()
    protection.processEnded()
  }
}
