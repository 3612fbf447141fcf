import { SimClock } from '../../sim/sim-clock.ts'
import { SimDrive } from '../../sim/sim-drive.ts'
import { simPlace } from '../../sim/sim-place.ts'
import { SimRandom } from '../../sim/sim-random.ts'
import type { Runtime } from '../../src/core/runtime.ts'
import { type OpenedWholeStore, openWholeStore } from '../../src/store/embedded/open-embedded.ts'
import { noReserve } from '../open-store.ts'
import { recordEvents } from './events.ts'
import { FailingDrive } from './failing-drive.ts'
import { finish } from './finish.ts'

export { finish }

export type OpenedSimStore = OpenedWholeStore

/** A simulated machine with one drive, and the processes that have a store on it, one after the other. */
export class SimMachine {
  readonly clock = new SimClock()
  readonly random = new SimRandom(1)
  readonly sim = new SimDrive(this.clock, this.random)
  readonly drive = new FailingDrive(this.sim)
  readonly events = recordEvents()
  readonly runtime: Runtime = { clock: this.clock, random: this.random, events: this.events }
  /** With which errors the keeper of this process has ended. */
  readonly failures: unknown[] = []

  async open(): Promise<OpenedSimStore> {
    this.failures.length = 0
    const failed = (error: unknown) => this.failures.push(error)
    return await openWholeStore({
      place: await simPlace([this.drive], this.runtime),
      runtime: this.runtime,
      failed,
      reserve: noReserve,
    })
  }

  /** The process is gone, and with it whatever it was doing. */
  kill({ withPowerCut = false } = {}): void {
    if (withPowerCut) this.sim.powerUp()
    this.clock.forgetTimers()
  }

  /** Lets simulated time pass until the work is done. */
  finish<T>(work: Promise<T>): Promise<T> {
    return finish(this.clock, work)
  }

  /** Paths of the files in a folder. */
  files(folder: string): string[] {
    return [...this.sim.files().keys()].filter((path) => path.startsWith(`${folder}/`)).sort()
  }
}
