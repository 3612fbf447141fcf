import type { MemoryIndex } from './memory-index.ts'
import { SimClock } from './sim-clock.ts'
import { SimDrive } from './sim-drive.ts'
import { SimPower } from './sim-power.ts'
import type { SimRandom } from './sim-random.ts'

/** A simulated machine: its clock, its power, and a bay for each drive. What runs on it comes and goes. */
export class SimMachine {
  readonly clock = new SimClock()
  readonly power = new SimPower()
  /** In the order in which they came. */
  readonly bays: SimDrive[] = []
  /** The indexes of the process that runs, by bay. */
  readonly indexes = new Map<string, MemoryIndex>()
  readonly #random: SimRandom

  constructor(random: SimRandom) {
    this.#random = random
  }

  /** Puts a blank drive into a bay of its own. */
  addBay(): SimDrive {
    const name = `/d${this.bays.length}`
    const bay = new SimDrive(this.clock, this.#random, { name, power: this.power })
    this.bays.push(bay)
    return bay
  }

  bay(name: string): SimDrive | undefined {
    return this.bays.find((bay) => bay.name === name)
  }

  /** The process is gone, in the middle of whatever it did; and if the power was cut, what was not synced may be, too. */
  kill({ withPowerCut }: { withPowerCut: boolean }): void {
    this.power.restore()
    this.clock.forgetTimers()
    this.indexes.clear()
    for (const bay of this.bays) {
      bay.forgetCalls()
      if (withPowerCut) bay.settle()
    }
  }
}
