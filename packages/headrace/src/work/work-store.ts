import type { ForegroundLoad } from '../core/foreground-load.ts'
import type { Runtime } from '../core/runtime.ts'
import type { Drives } from '../store/embedded/drive/drives.ts'
import type { StoreLock } from '../store/embedded/drive/store-lock.ts'
import type { SpaceReserve } from '../store/embedded/gateway/space-guard.ts'
import type { IndexReader } from '../store/embedded/index/index.ts'
import type { KeeperPort } from '../store/embedded/keeper/mutation.ts'
import type { MapSource } from '../store/embedded/placement/placement.ts'

/** What background work has of an embedded store: it runs where the keeper does. */
export interface WorkStore {
  readonly runtime: Runtime
  readonly index: IndexReader
  readonly keeper: KeeperPort & { readonly lastSeq: number }
  /** Those that are open; the map says which of them are up. */
  readonly drives: Drives
  readonly maps: MapSource
  /** Space that is left free; like that of the gateways. */
  readonly reserve?: SpaceReserve | undefined
  /** Gateways in other processes that are connected, by session, each with the commit up to which its reads are over. */
  connectedSessions(): ReadonlyMap<number, number>
  /** @throws StoreLockedError while the process of the session lives */
  lockSession(session: number): StoreLock
  /** A drive has failed a call: whoever judges drives wants to know. It does not throw. */
  reportTrouble(device: number, error: unknown): void
  /** How the clients of all gateways fare. */
  foregroundLoad(): ForegroundLoad
}
