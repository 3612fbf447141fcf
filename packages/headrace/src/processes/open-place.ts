import { resolve } from 'node:path'
import type { Settings } from '../config/settings.ts'
import type { Runtime } from '../core/runtime.ts'
import type { KeeperPlace } from '../store/embedded/keeper-place.ts'
import { type OpenLocalPlaceOptions, openLocalPlace } from '../store/embedded/open-local-place.ts'
import type { DrivePlace } from '../store/embedded/opening-map.ts'

/** Where drives stand, by the absolute paths of their folders. */
export function drivePlaces({ drives }: Settings): DrivePlace[] {
  return drives.map((drive) => ({ ...drive, path: resolve(drive.path) }))
}

/** Opens the store that the settings name, for its keeper. */
export async function openPlace(
  settings: Settings,
  { folders, isReopened, faults }: Pick<OpenLocalPlaceOptions, 'folders' | 'isReopened' | 'faults'>,
  runtime: Runtime,
): Promise<KeeperPlace> {
  const { profile, failureDomain } = settings
  const places = drivePlaces(settings)
  return await openLocalPlace({ folders, isReopened, faults, places, profile, failureDomain }, runtime)
}
