import type { Runtime } from '../../core/runtime.ts'
import type { Index } from './index/index.ts'
import { isIndexDamage } from './index/lmdb-index.ts'
import { Journal } from './keeper/journal.ts'
import { Keeper } from './keeper/keeper.ts'
import type { OpenedIndex } from './keeper/open-index.ts'
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
/** What a snapshot leaves free besides its own size. */
const snapshotRoomBytes = 16 * 1024 * 1024

/** An index that was made anew and is damaged again this soon does not get better by making it anew. */
const rebuildPauseMs = 10 * 60 * 1000

/** The keeper's side of the embedded store: everything that writes the index, and what background workers need. */
export class KeeperStore {
  readonly place: StorePlace
  readonly keeper: Keeper
  readonly runtime: Runtime
  readonly #opened: OpenedIndex
  readonly #journal: Journal
  readonly #server: KeeperServer | undefined
  readonly #damaged: (error: unknown) => void

  private constructor(
    { place, runtime }: KeeperStoreOptions,
    parts: {
      opened: OpenedIndex
      journal: Journal
      keeper: Keeper
      server: KeeperServer | undefined
      damaged: (error: unknown) => void
    },
  ) {
    this.place = place
    this.runtime = runtime
    this.keeper = parts.keeper
    this.#opened = parts.opened
    this.#journal = parts.journal
    this.#server = parts.server
    this.#damaged = parts.damaged
  }

  static async open(options: KeeperStoreOptions): Promise<KeeperStore> {
    const { place, runtime, socketPath, failed } = options
    let opened: OpenedIndex | undefined
    const startedMs = runtime.clock.monotonic()
    const damaged = (error: unknown) => giveUpIndex(options, opened, startedMs, error)
    opened = await place.openIndex(runtime.events.log, damaged)
    const { index, path: indexPath, lastSeq } = opened
    const journal = new Journal(place.drive, runtime.random.bytes(4).readUInt32LE(0))
    await journal.open()
    const keeper = new Keeper({ index, journal, lastSeq, runtime, drive: place.drive, failed })
    const server =
      socketPath === undefined ? undefined : new KeeperServer({
            keeper,
            socketPath,
            indexPath: () => indexPath,
            store: () => ({}) as never,
            runtime,
            damaged,
            trouble() {},
          })
    await server?.listen()
    return new KeeperStore(options, { opened, journal, keeper, server, damaged })
  }

  get index(): Index {
    return this.#opened.index
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
  async snapshotIfDue(): Promise<boolean> {
    const indexBytes = await this.index.sizeBytes()
    const due = Math.max(snapshotBytesMin, indexBytes)
    if (this.#journal.bytesSinceCut < due && this.#journal.filesSinceCut < snapshotFilesMax) return false
    // Better a long journal than a full drive.
    if ((await this.place.drive.space()).freeBytes < indexBytes * 1.25 + snapshotRoomBytes) return false
    await this.takeSnapshot()
    return true
  }

  /** Copies the index as it is now, and cuts the journal that it makes needless. */
  async takeSnapshot(): Promise<void> {
    try {
      const seq = await this.place.takeSnapshot(this.index)
      await this.#journal.cut(seq)
    } catch (error) {
      if (isIndexDamage(error)) this.#damaged(error)
      throw error
    }
  }

  async close(): Promise<void> {
    await this.keeper.drain()
    await this.#server?.close()
    await this.#journal.close()
    await this.#opened.close()
  }
}

/** A damaged index is left for the next keeper to make anew; this one ends. */
function giveUpIndex(
  { place, runtime, failed }: KeeperStoreOptions,
  opened: OpenedIndex | undefined,
  startedMs: number,
  error: unknown,
): void {
  runtime.events.driveFault({ drive: place.drive.name, what: 'read the index', error })
  const isFresh = opened?.isRebuilt === true && runtime.clock.monotonic() - startedMs < rebuildPauseMs
  if (isFresh) return
  place.markSuspect(String(error))
  failed(error)
}
