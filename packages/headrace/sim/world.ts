import { createHash } from 'node:crypto'
import type { RequestContext } from '../src/core/context.ts'
import type { Events } from '../src/core/events.ts'
import type { Runtime } from '../src/core/runtime.ts'
import { context } from '../test/conformance/harness.ts'
import { Auditor } from './auditor.ts'
import { type Content, type FoundBytes, isFound, nameOf } from './content.ts'
import { Protection } from './protection.ts'
import { SimMachine } from './sim-machine.ts'
import type { SimProcess } from './sim-process.ts'
import { SimRandom } from './sim-random.ts'
import { chooseSwarm, type Swarm, type SwarmLimits } from './swarm.ts'

export interface WorldOptions extends SwarmLimits {
  readonly seed: number
  /** Operations of clients. */
  readonly steps: number
  readonly events: Events
}

/** Everything there is in a simulation. Each part of it has chance of its own, so that none disturbs another. */
export class World {
  readonly machine: SimMachine
  readonly auditor = new Auditor<Content, FoundBytes>({ matches: isFound, nameOf })
  readonly protection: Protection
  readonly runtime: Runtime
  readonly swarm: Swarm
  readonly ctx: RequestContext = context()
  /** For who schedules the rest. */
  readonly random: SimRandom
  readonly clientRandom: SimRandom
  readonly operatorRandom: SimRandom
  readonly #notes = createHash('sha256')
  readonly #log: Events['log']
  /** The one that runs. */
  process: SimProcess | undefined
  /** Why the process cannot go on. */
  failure: unknown
  /** An operator has asked for something that the process has to end for. */
  isRestartWanted = false
  stepsLeft: number
  stepsBegun = 0
  #sources = 0

  constructor({ seed, steps, events, ...limits }: WorldOptions) {
    const chance = new SimRandom(seed)
    const fork = () => new SimRandom(chance.below(2 ** 32))
    this.random = fork()
    this.clientRandom = fork()
    this.operatorRandom = fork()
    this.machine = new SimMachine(fork())
    this.runtime = { clock: this.machine.clock, random: fork(), events }
    this.swarm = chooseSwarm(fork(), limits)
    this.protection = new Protection(this.machine)
    this.stepsLeft = steps
    this.#log = events.log
    for (let count = 0; count < this.swarm.drives; count += 1) this.machine.addBay()
  }

  /** The next operation of a client. @returns false when there are none left */
  takeStep(): boolean {
    if (this.stepsLeft === 0) return false
    this.stepsLeft -= 1
    this.stepsBegun += 1
    return true
  }

  /** A number that nothing else has. */
  newSource(): number {
    this.#sources += 1
    return this.#sources
  }

  /** Writes down what has happened: it is part of what two runs of a seed must have in common. */
  note(what: string): void {
    const line = `${this.machine.clock.monotonic()} ${what}`
    this.#notes.update(`${line}\n`)
    this.#log.info({}, what)
  }

  /** Names everything that happened so far. */
  get trace(): string {
    return createHash('sha256').update(this.#notes.copy().digest()).update(this.machine.power.trace).digest('hex')
  }
}
