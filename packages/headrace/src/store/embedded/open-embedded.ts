import { noLoad } from '../../core/foreground-load.ts'
import type { Cancel } from '../../core/runtime.ts'
import { systemCode } from './drive/drive.ts'
import { GatewayStore } from './gateway-store.ts'
import { KeeperStore, type KeeperStoreOptions } from './keeper-store.ts'
import type { OpenedStore } from './opened-store.ts'

/** A store that is too full for a session begins with reads, and asks for one so often. */
const retryMs = 5_000

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
  const stop = await beginSession(gateway, options, keeperStore)
  return {
    store: gateway.store,
    reads: gateway.reads,
    keeperStore,
    oldestSeq: () => gateway.oldestSeq(),
    async close() {
      stop()
      // Its session is left to be swept: what was broken off may have left something.
      await gateway.close()
      await keeperStore.close()
    },
  }
}

/** @returns to be called when the store is closed */
async function beginSession(
  gateway: GatewayStore,
  { runtime }: Pick<KeeperStoreOptions, 'runtime'>,
  { keeper }: KeeperStore,
): Promise<Cancel> {
  const begin = async () => {
    const input = { processId: process.pid, startedMs: runtime.clock.now() }
    const { session } = await keeper.submit('openSession', input)
    gateway.startSession(session)
  }
  gateway.report()
  try {
    await begin()
    return () => {}
  } catch (error) {
    if (systemCode(error) !== 'InsufficientStorage') throw error
    runtime.events.log.error({ err: error }, 'a drive of the index is full: objects can be read, and not be written')
    const stop = runtime.clock.every(retryMs, () => void begin().then(stop, () => {}))
    return stop
  }
}
