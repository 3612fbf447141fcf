import type { ObjectStore } from '../../core/store.ts'
import type { ReadCounters } from './stripes/read-request.ts'

/** An embedded store that is open in this process. */
export interface OpenedStore {
  readonly store: ObjectStore
  /** What its reads have done so far. */
  readonly reads: Readonly<ReadCounters>
  close(): Promise<void>
}
