import type { Runtime } from '../../core/runtime.ts'
import type { Index } from './index/index.ts'
import { Journal } from './keeper/journal.ts'
import { Keeper } from './keeper/keeper.ts'
import { KeeperServer } from './link/keeper-server.ts'
import type { StorePlace } from './place.ts'

export interface KeeperStoreOptions {
  readonly place: StorePlace
  readonly runtime: Runtime
  /** Where gateways in other processes find the keeper; undefined when there are none. */
  readonly socketPath?: string
  /** The keeper cannot go on; the process must end, and the next one finds out what the drive has. */
  readonly failed: (error: unknown) => void
}

/** A snapshot is due when the journal has grown by this much, or by the size of the index if that is more. */
const snapshotBytesMin = 1024 ** 3
/** It is due as well when the store was opened this often: each opening leaves a file. */
const snapshotFilesMax = 64

/** The keeper's side of the embedded store: everything that writes the index, and what background workers need. */
export class KeeperStore {
  readonly place: StorePlace
  readonly keeper: Keeper
  readonly index: Index
  readonly indexPath: string
  readonly runtime: Runtime
  readonly #server: KeeperServer | undefined
  readonly #journal: Journal
  readonly #closeIndex: () => Promise<void>

  private constructor(parts: {
    place: StorePlace
    keeper: Keeper
    index: Index
    indexPath: string
    runtime: Runtime
    server: KeeperServer | undefined
    journal: Journal
    closeIndex: () => Promise<void>
  }) {
    this.place = parts.place
    this.keeper = parts.keeper
    this.index = parts.index
    this.indexPath = parts.indexPath
    this.runtime = parts.runtime
    this.#server = parts.server
    this.#journal = parts.journal
    this.#closeIndex = parts.closeIndex
  }

  static async open({ place, runtime, socketPath, failed }: KeeperStoreOptions): Promise<KeeperStore> {
    const opened = await place.openIndex(runtime.events.log)
    const { index, path: indexPath, lastSeq } = opened
    const journal = new Journal(place.drive)
    await journal.open()
    const term = runtime.random.bytes(4).readUInt32LE(0)
    const keeper = new Keeper({ index, journal, lastSeq, term, runtime, failed })
    const server = socketPath === undefined ? undefined : new KeeperServer({ keeper, socketPath, indexPath, runtime })
    await server?.listen()
    const closeIndex = () => opened.close()
    return new KeeperStore({ place, keeper, index, indexPath, runtime, server, journal, closeIndex })
  }

  /** Gateways in other processes that are connected, by session, each with the commit up to which its reads are over. */
  connectedSessions(): ReadonlyMap<number, number> {
    return this.#server?.sessions() ?? new Map()
  }

  /** What the gateways in other processes have counted. */
  async askGateways(): Promise<unknown[]> {
    return (await this.#server?.ask('metrics')) ?? []
  }

  /** Bytes of the journal that are in no snapshot yet. */
  get journalBytes(): number {
    return this.#journal.bytesSinceCut
  }

  /** @returns whether a snapshot was taken */
  async snapshotIfDue(bytesMin = snapshotBytesMin): Promise<boolean> {
    const due = Math.max(bytesMin, await this.index.sizeBytes())
    if (this.#journal.bytesSinceCut < due && this.#journal.filesSinceCut < snapshotFilesMax) return false
    const seq = await this.place.takeSnapshot(this.index)
    await this.#journal.cut(seq)
    return true
  }

  async close(): Promise<void> {
    await this.keeper.drain()
    await this.#server?.close()
    await this.#journal.close()
    await this.#closeIndex()
  }
}
