import type { ForegroundLoad } from '../../core/foreground-load.ts'
import type { Runtime } from '../../core/runtime.ts'
import { systemCode } from './drive/drive.ts'
import type { Drives } from './drive/drives.ts'
import { DriveFaults } from './drive/faulty-drive.ts'
import { LocalDrives } from './drive/local-drives.ts'
import type { SpaceReserve } from './gateway/space-guard.ts'
import { GatewayStore } from './gateway-store.ts'
import type { Index } from './index/index.ts'
import { openLmdbIndex } from './index/lmdb-index.ts'
import { KeeperLink } from './link/keeper-link.ts'
import type { Question, StoreView, ToGateway } from './link/protocol.ts'
import type { OpenedStore } from './opened-store.ts'
import { HeldMap } from './placement/held-map.ts'
import { rootsUp } from './roots-up.ts'
import { lockSession } from './session-lock.ts'

export interface OpenGatewayOptions {
  readonly socketPath: string
  readonly worker: number
  /** Gateways in all. */
  readonly workers?: number | undefined
  readonly runtime: Runtime
  readonly reserve?: SpaceReserve | undefined
  /** Whether faults may be injected into drives. */
  readonly allowFaults: boolean
  /** How clients have fared since the last call. */
  readonly load: () => ForegroundLoad
  /** Answers what the keeper wants to know. */
  readonly answer: (question: Question, drives: Drives) => Promise<unknown>
}

/** Opens a gateway whose keeper is another process. Resolves when the keeper has greeted it. */
export async function openGatewayStore(options: OpenGatewayOptions): Promise<OpenedStore> {
  const { runtime, worker, socketPath, answer } = options
  const view = new GatewayView(options)
  const index = new GatewayIndex((error, path) => link.reportDamage(error, path))
  let gateway: GatewayStore | undefined
  const { promise: greeted, resolve, reject } = Promise.withResolvers<void>()
  const welcomed = ({ session, indexPath, store }: ToGateway & { type: 'welcome' }) => {
    try {
      view.take(store)
      index.use(indexPath)
      gateway ??= gatewayStore(options, view, index, link)
      gateway.startSession(session)
      gateway.report()
      resolve()
    } catch (error) {
      reject(error)
    }
  }
  const link: KeeperLink = new KeeperLink({
    socketPath,
    worker,
    runtime,
    welcomed,
    storeChanged: (store) => view.take(store),
    answer: (question) => answer(question, view.drives),
  })
  await greeted
  const opened = gateway as unknown as GatewayStore
  return {
    store: opened.store,
    reads: opened.reads,
    async close() {
      await opened.close()
      link.close()
      view.close()
      await index.close()
    },
  }
}

function gatewayStore(
  { runtime, reserve, workers, load }: OpenGatewayOptions,
  { drives, maps }: GatewayView,
  index: GatewayIndex,
  link: KeeperLink,
): GatewayStore {
  return new GatewayStore({
    place: { drives, maps, lockSession: (session) => lockSession(rootsUp(drives, maps.current), session) },
    runtime,
    keeper: link,
    index: () => index.current,
    reserve,
    writers: workers,
    readsOver: (oldestSeq) => link.reportReads(oldestSeq, load()),
    trouble: (device, error) => link.reportTrouble(device, systemCode(error) ?? String(error)),
  })
}

/** What a gateway goes by of the keeper's decisions: the map, with its drives open, and faults to inject. */
class GatewayView {
  readonly #local: LocalDrives
  readonly #faults: DriveFaults
  #maps: HeldMap | undefined

  constructor({ runtime, worker, allowFaults }: OpenGatewayOptions) {
    this.#faults = new DriveFaults(runtime)
    const faults = allowFaults ? this.#faults : undefined
    this.#local = new LocalDrives({ clock: runtime.clock, faults, name: `gateway-${worker}` })
  }

  get drives(): Drives {
    return this.#local.drives
  }

  get maps(): HeldMap {
    return this.#maps as HeldMap
  }

  take({ map, faults }: StoreView): void {
    // Drives are open before anybody can be sent to them.
    if (this.#maps === undefined || map.epoch > this.#maps.current.map.epoch) this.#local.follow(map)
    this.#maps ??= new HeldMap(map)
    this.#maps.take(map)
    this.#faults.setAll(faults)
  }

  close(): void {
    this.#local.close()
  }
}

/** The index as this process has it mapped. */
class GatewayIndex {
  readonly #damaged: (error: unknown, path: string) => void
  #opened: { path: string; index: Index } | undefined

  constructor(damaged: (error: unknown, path: string) => void) {
    this.#damaged = damaged
  }

  get current(): Index {
    return (this.#opened as { index: Index }).index
  }

  /** The keeper may have made the index anew, or another drive's counts now: the old one answers no more. */
  use(path: string): void {
    if (this.#opened?.path === path) return
    const before = this.#opened
    this.#opened = { path, index: openLmdbIndex(path, 'readOnly', (error) => this.#damaged(error, path)) }
    before?.index.close().catch(() => {})
  }

  async close(): Promise<void> {
    await this.#opened?.index.close()
  }
}
