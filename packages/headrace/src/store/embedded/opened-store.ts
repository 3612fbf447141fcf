import type { ObjectStore } from '../../core/store.ts'

/** An embedded store that is open in this process. */
export interface OpenedStore {
  readonly store: ObjectStore
  close(): Promise<void>
}
