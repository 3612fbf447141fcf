import type { Registry } from 'prom-client'
import { type AdminOptions, createAdminServer } from '../admin/admin-server.ts'
import { createStoreAdmin } from '../admin/embedded/create-store-admin.ts'
import { LocalAdmin } from '../admin/local-admin.ts'
import { createServerAdmin } from '../admin/server/create-server-admin.ts'
import type { Settings } from '../config/settings.ts'
import { type Runtime, systemClock } from '../core/runtime.ts'
import { version } from '../core/version.ts'
import type { AccessKeys } from '../identity/access-keys.ts'
import type { StoreHealth } from '../observe/metrics.ts'
import { type DriveFaultCounts, type DriveFigures, driveFigures } from '../store/embedded/drive/drive-figures.ts'
import type { DriveFaults } from '../store/embedded/drive/faulty-drive.ts'
import type { KeeperStore } from '../store/embedded/keeper-store.ts'
import { listSalvage } from '../work/salvage.ts'
import { createStoreWork } from '../work/store-workers.ts'
import { runWorkers } from '../work/worker.ts'
import { drain, listen } from './listen.ts'
import { drivePlaces } from './open-place.ts'
import { storeHealth } from './store-health.ts'

export interface OperationsOptions {
  readonly keeperStore: KeeperStore
  readonly settings: Settings
  readonly runtime: Runtime
  readonly keys: AccessKeys
  /** Undefined where nobody may make drives fail. */
  readonly faults: DriveFaults | undefined
  /** What went wrong with drives in this process. */
  readonly faultCounts: DriveFaultCounts
  /** Up to which commit the reads of a gateway in this process are over; undefined without one. */
  readonly ownReads: () => number | undefined
  /** Figures for `/metrics`. */
  readonly metrics: Pick<AdminOptions, 'gateways'> & {
    /** @param health how the store does now */
    own(health: () => Promise<StoreHealth>): ReturnType<AdminOptions['own']>
    /** Of requests that this process serves itself. */
    readonly ownRequests?: Registry
  }
  /** Where the access log is. */
  readonly logPath: () => string | undefined
}

export interface Operations {
  /** Of the admin server. */
  readonly port: number
  stop(): Promise<void>
}

/** What the process of the keeper does besides committing: the background work, and answering operators. */
export async function beginOperations(options: OperationsOptions): Promise<Operations> {
  const { keeperStore, settings, runtime, ownReads, metrics, keys } = options
  const { log } = runtime.events
  const work = createStoreWork(keeperStore, {
    ownReads,
    finishLeaving: (device, isEmpty) => keeperStore.finishLeaving(device, isEmpty),
  })
  for (const device of keeperStore.place.stale) work.returned.add(device)
  keeperStore.onReturned((device) => work.returned.add(device))
  const running = runWorkers(work.workers, runtime)
  const api = {
    store: storeAdmin(options, work, () => running.status()),
    server: createServerAdmin({
      clock: systemClock,
      async metrics() {
        const { ownRequests, gateways } = metrics
        return [...(ownRequests ? [await ownRequests.getMetricsAsJSON()] : []), ...(await gateways())]
      },
      logPath: options.logPath,
    }),
    allowFaults: settings.allowFaults,
    failed: (error: unknown) => log.error({ err: error }, 'an admin request failed'),
  }
  const server = createAdminServer({
    own: () => metrics.own(() => storeHealth(api.store, work.figures)),
    gateways: metrics.gateways,
    isReady: () => true,
    failed: (error) => log.error({ err: error }, 'the metrics could not be collected'),
    api: { ...api, keys, clock: systemClock },
  })
  const local = new LocalAdmin({ ...api, clock: systemClock })
  const announce = () => {
    const { current } = keeperStore.maps
    const up = keeperStore.drives.all().filter(({ device }) => current.isUp(device))
    void local.announce(up.map(({ root }) => root))
  }
  announce()
  const stopAnnouncing = keeperStore.maps.onChange(announce)
  const port = await listen(server, { host: settings.adminHost, port: settings.adminPort })
  return {
    port,
    async stop() {
      stopAnnouncing()
      await drain(server, systemClock, 1_000)
      await local.close()
      await running.stop()
      await work.close()
    },
  }
}

function storeAdmin(
  { keeperStore, settings, faults, faultCounts }: OperationsOptions,
  work: ReturnType<typeof createStoreWork>,
  workers: Parameters<typeof createStoreAdmin>[0]['workers'],
): ReturnType<typeof createStoreAdmin> {
  return createStoreAdmin({
    store: keeperStore,
    changeMap: (edit) => keeperStore.changeMap(edit),
    places: drivePlaces(settings),
    reasonOf: (device) => keeperStore.monitor.reasonOf(device),
    ownFigures: () => driveFigures(keeperStore.drives, faultCounts),
    gatewayFigures: async () => (await keeperStore.askGateways('drives')) as DriveFigures[][],
    faults,
    spreadFaults: (all) => keeperStore.setFaults(all),
    workers,
    mend: work.mend,
    moves: work.moves,
    census: work.census,
    scrub: work.scrub,
    rebuildIndex: () => keeperStore.rebuildIndex(),
    salvage: (input) => listSalvage(keeperStore, input),
    version,
  })
}
