import { noLoad } from '../../core/foreground-load.ts'
import { GatewayStore } from './gateway-store.ts'
import { KeeperStore, type KeeperStoreOptions } from './keeper-store.ts'
import type { OpenedStore } from './opened-store.ts'

export interface OpenedWholeStore extends OpenedStore {
  readonly keeperStore: KeeperStore
  /** Commits that every read of this process is past. */
  oldestSeq(): number
}

/** Opens keeper and gateway in one process: for tests, and for machines with one core. */
export async function openWholeStore(options: Omit<KeeperStoreOptions, 'socketPath'>): Promise<OpenedWholeStore> {
  const { place, runtime, reserve } = options
  const keeperStore = await KeeperStore.open({ ownLoad: () => noLoad, ...options })
  const { keeper } = keeperStore
  const gateway = new GatewayStore({
    place,
    runtime,
    keeper,
    index: () => keeperStore.index,
    reserve,
    readsOver() {},
    trouble: (device, error) => keeperStore.reportTrouble(device, error),
  })
  const { session } = await keeper.submit('openSession', { processId: process.pid, startedMs: runtime.clock.now() })
  gateway.startSession(session)
  gateway.report()
  return {
    store: gateway.store,
    reads: gateway.reads,
    keeperStore,
    oldestSeq: () => gateway.oldestSeq(),
    async close() {
      // Its session is left to be swept: what was broken off may have left something.
      await gateway.close()
      await keeperStore.close()
    },
  }
}
