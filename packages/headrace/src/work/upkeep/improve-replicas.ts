import type { Worker } from '../worker.ts'

export interface ReplicatedStore {
  /** Brings journal and index to the drives that they should be on, one step at a time. */
  improveReplicas(): Promise<'more' | 'idle'>
}

/** Has journal and index on as many drives as the map wants. */
export function improveReplicas(store: ReplicatedStore): Worker {
  return { name: 'improve-replicas', idleMs: 5_000, step: () => store.improveReplicas() }
}
