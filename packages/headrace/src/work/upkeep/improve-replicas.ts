import { Bell } from '../bell.ts'
import type { WorkStore } from '../work-store.ts'
import type { Worker } from '../worker.ts'

export interface ReplicatedStore extends Pick<WorkStore, 'maps'> {
  /** Brings journal and index to the drives that they should be on, one step at a time. */
  improveReplicas(): Promise<'more' | 'idle'>
}

/** Has journal and index on as many drives as the map wants: at once when drives come or go, all the rest depends on it. */
export function improveReplicas(store: ReplicatedStore): Worker {
  const bell = new Bell()
  store.maps.onChange(() => bell.ring())
  return { name: 'improve-replicas', idleMs: 5_000, bell, step: () => store.improveReplicas() }
}
