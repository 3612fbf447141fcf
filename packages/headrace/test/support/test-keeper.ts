import type { MemoryIndex } from '../../sim/memory-index.ts'
import type { SimClock } from '../../sim/sim-clock.ts'
import type { Index } from '../../src/store/embedded/index/index.ts'
import { BatchTotals } from '../../src/store/embedded/keeper/batch-totals.ts'
import { Claims } from '../../src/store/embedded/keeper/claims.ts'
import type { KeeperPort, MutationName, Mutations } from '../../src/store/embedded/keeper/mutation.ts'
import { Plan, type PlanContext } from '../../src/store/embedded/keeper/plan.ts'
import { planners } from '../../src/store/embedded/keeper/planners.ts'

/** Plans and applies mutations one by one, each of which takes a moment; its index stands for journal and index. */
export class TestKeeper implements KeeperPort {
  lastSeq = 0
  /** Of the mutations that happened. */
  readonly log: MutationName[] = []
  readonly #index: Index
  readonly #clock: SimClock
  readonly #isGone: () => boolean

  /** Whether the map has a device. */
  hasDevice: (device: number) => boolean = () => true
  /** Whether data is where the map wants it. */
  isAtHome: PlanContext['isAtHome'] = () => true

  constructor(index: MemoryIndex, clock: SimClock, isGone: () => boolean = () => false) {
    this.#index = index
    this.#clock = clock
    this.#isGone = isGone
  }

  async submit<N extends MutationName>(name: N, input: Mutations[N]['input']): Promise<Mutations[N]['result']> {
    await this.#clock.sleep(1)
    if (this.#isGone()) throw new Error('the keeper is gone')
    const holder = {}
    const totals = new BatchTotals(new Claims<object>())
    const own = totals.begin(holder)
    const plan = new Plan({
      index: this.#index,
      seq: this.lastSeq + 1,
      totals: own,
      resent: false,
      hasDevice: this.hasDevice,
      isAtHome: this.isAtHome,
      claim() {},
      share() {},
    })
    const result = planners[name](plan, input)
    const writes = plan.finish()
    if (writes.length > 0) {
      own.keep()
      this.lastSeq += 1
      this.#index.apply([...writes, ...totals.writes(this.#index)])
      this.log.push(name)
    }
    return result
  }
}
