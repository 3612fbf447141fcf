import { noLoad } from '../../core/foreground-load.ts'
import type { Runtime } from '../../core/runtime.ts'
import type { ObjectStore } from '../../core/store.ts'
import type { SpaceReserve } from './gateway/space-guard.ts'
import { GatewayStore } from './gateway-store.ts'
import type { Index } from './index/index.ts'
import { openLmdbIndex } from './index/lmdb-index.ts'
import { KeeperStore } from './keeper-store.ts'
import { KeeperLink } from './link/keeper-link.ts'
import type { Question } from './link/protocol.ts'
import { openLocalPlace, type StorePlace } from './place.ts'

/** An embedded store that is open in this process. */
export interface OpenedStore {
  readonly store: ObjectStore
  close(): Promise<void>
}

export interface OpenWholeOptions {
  readonly place: StorePlace
  readonly runtime: Runtime
  readonly reserve?: SpaceReserve | undefined
  readonly failed: (error: unknown) => void
}

/** Opens keeper and gateway in one process: for tests, and for machines with one core. */
export async function openWholeStore(
  options: OpenWholeOptions,
): Promise<OpenedStore & { keeperStore: KeeperStore; oldestSeq(): number }> {
  const { place, runtime, reserve } = options
  const keeperStore = await KeeperStore.open(options)
  const { keeper, index } = keeperStore
  const gateway = new GatewayStore({
    place,
    runtime,
    keeper,
    index: () => index,
    reserve,
    readsOver() {},
  })
  const { session } = await keeper.submit('openSession', { processId: process.pid, startedMs: runtime.clock.now() })
  gateway.startSession(session)
  gateway.report()
  return {
    store: gateway.store,
    keeperStore,
    oldestSeq: () => gateway.oldestSeq(),
    async close() {
      // Its session is left to be swept: what was broken off may have left something.
      await gateway.close()
      await keeperStore.close()
    },
  }
}

export interface OpenGatewayOptions {
  readonly root: string
  readonly socketPath: string
  readonly worker: number
  /** Gateways in all. */
  readonly workers?: number | undefined
  readonly runtime: Runtime
  readonly reserve?: SpaceReserve | undefined
  readonly answer: (question: Question) => Promise<unknown>
}

/** Opens a gateway whose keeper is another process. Resolves when the keeper has greeted it. */
export async function openGatewayStore(options: OpenGatewayOptions): Promise<OpenedStore> {
  const { root, socketPath, worker, workers, runtime, reserve, answer } = options
  const place = await openLocalPlace(root, runtime)
  let index: { path: string; opened: Index } | undefined
  let gateway: GatewayStore | undefined
  let link: KeeperLink | undefined
  await new Promise<void>((ready, fail) => {
    const welcomed = ({ session, indexPath }: { session: number; indexPath: string }) => {
      try {
        if (index?.path !== indexPath) {
          // The keeper has made the index anew: the old one answers no more.
          index?.opened.close().catch(() => {})
          index = {
            path: indexPath,
            opened: openLmdbIndex(indexPath, 'readOnly', (error) => link?.reportDamage(error)),
          }
        }
        gateway ??= new GatewayStore({
          place,
          runtime,
          keeper: link as KeeperLink,
          index: () => (index as { opened: Index }).opened,
          reserve,
          writers: workers,
          readsOver: (oldestSeq) => link?.reportReads(oldestSeq, noLoad),
        })
        gateway.startSession(session)
        gateway.report()
        ready()
      } catch (error) {
        fail(error)
      }
    }
    link = new KeeperLink({ socketPath, worker, runtime, welcomed, storeChanged() {}, answer })
  })
  return {
    store: (gateway as unknown as GatewayStore).store,
    async close() {
      await gateway?.close()
      link?.close()
      await index?.opened.close()
    },
  }
}
