import { resolve } from 'node:path'
import { expandFolders } from '../config/expand-folders.ts'
import type { Settings } from '../config/settings.ts'
import type { Runtime } from '../core/runtime.ts'
import type { DriveFaults } from '../store/embedded/drive/faulty-drive.ts'
import type { KeeperPlace } from '../store/embedded/keeper-place.ts'
import { openLocalPlace } from '../store/embedded/open-local-place.ts'
import type { DrivePlace } from '../store/embedded/opening-map.ts'

/** Where drives stand, by the absolute paths of their folders. */
export function drivePlaces({ drives }: Settings): DrivePlace[] {
  return drives.map((drive) => ({ ...drive, path: resolve(drive.path) }))
}

/** Opens the store that the settings name, for its keeper. */
export async function openPlace(
  settings: Settings,
  { root, faults, runtime }: { root: string; faults: DriveFaults | undefined; runtime: Runtime },
): Promise<KeeperPlace> {
  const { data, profile, failureDomain } = settings
  const folders = expandFolders(data)
  return await openLocalPlace({ folders, root, faults, places: drivePlaces(settings), profile, failureDomain }, runtime)
}
