import type { StoreMap } from '../../store/embedded/placement/store-map.ts'
import type { StartedWork } from '../store-admin.ts'
import type { Prediction } from '../store-reports.ts'
import type { AdminContext } from './admin-context.ts'
import { edited } from './edited.ts'

export interface MapChange {
  /** Such as `add drive 6`: reports of the move are headed by it. */
  readonly reason: string
  readonly prediction: Prediction
  readonly edit: (map: StoreMap) => StoreMap
}

/**
 * Changes the map for an operator, once the edit was tried out. What was predicted is durable before the first chunk
 * moves, so that the real bytes can be put beside it, after a restart too.
 * @returns the work that makes it true, under way
 */
export async function changeMap(
  { parts }: AdminContext,
  { reason, prediction, edit }: MapChange,
): Promise<StartedWork> {
  const { movedBytes: predictedBytes, minimumBytes, reencodeBytes } = prediction
  await parts.moves.begin({ reason, predictedBytes, minimumBytes, reencodeBytes })
  // Drives may have gone down since it was tried out.
  await parts.changeMap((map) => edited(map, edit, 'Conflict'))
  return startMending(parts)
}

export function startMending({ mend }: Pick<AdminContext['parts'], 'mend'>): StartedWork {
  const startedMs = mend.start()
  return { worker: mend.status().name, startedMs }
}
