import type { Runtime } from '../src/core/runtime.ts'
import type { ObjectStore } from '../src/core/store.ts'
import { type OpenedWholeStore, openWholeStore } from '../src/store/embedded/open-embedded.ts'
import { finishLeaving } from '../src/store/embedded/placement/edit-map.ts'
import type { StoreMap } from '../src/store/embedded/placement/store-map.ts'
import { createStoreWork, type StoreWork } from '../src/work/store-workers.ts'
import { type RunningWorkers, runWorkers } from '../src/work/worker.ts'
import { memoryMedium } from './memory-medium.ts'
import type { SimMachine } from './sim-machine.ts'
import { simPlace } from './sim-place.ts'

export interface SimProcessOptions {
  readonly machine: SimMachine
  readonly runtime: Runtime
  readonly graceMs: number
  /** The keeper cannot go on: the process is to be killed. */
  readonly failed: (error: unknown) => void
}

/** One life of the server: keeper, gateway and background work in one process. It ends with `close`, or is killed. */
export class SimProcess {
  readonly work: StoreWork
  readonly #opened: OpenedWholeStore
  readonly #running: RunningWorkers

  private constructor(opened: OpenedWholeStore, runtime: Runtime) {
    const { keeperStore } = opened
    this.#opened = opened
    this.work = createStoreWork(keeperStore, {
      ownReads: () => opened.oldestSeq(),
      finishLeaving: (device) => keeperStore.changeMap((map) => finishLeaving(map, device)),
    })
    keeperStore.onReturned((device) => this.work.returned.add(device))
    this.#running = runWorkers(this.work.workers, runtime)
  }

  static async open({ machine, runtime, graceMs, failed }: SimProcessOptions): Promise<SimProcess> {
    const { indexes } = machine
    const place = await simPlace(machine.bays, runtime, {
      mediumOf: (drive) => memoryMedium(drive, (index) => indexes.set(drive.name, index)),
    })
    return new SimProcess(await openWholeStore({ place, runtime, graceMs, failed }), runtime)
  }

  get store(): ObjectStore {
    return this.#opened.store
  }

  get keeperStore(): OpenedWholeStore['keeperStore'] {
    return this.#opened.keeperStore
  }

  get map(): StoreMap {
    return this.keeperStore.maps.current.map
  }

  workers(): string {
    return this.#running
      .status()
      .map(({ name, state, note }) => `${name} ${state}: ${note}`)
      .join('; ')
  }

  async close(): Promise<void> {
    await this.#running.stop()
    await this.work.close()
    await this.#opened.close()
  }
}
