import { formatDrive, newUuid, UnusableDriveError } from '../../store/embedded/drive/format-drive.ts'
import { addDevices, type NewDrive as NewDevice } from '../../store/embedded/placement/edit-map.ts'
import type { StoreMap } from '../../store/embedded/placement/store-map.ts'
import { AdminError } from '../admin-error.ts'
import type { NewDrive, StoreAdminOperations } from '../store-admin.ts'
import type { Prediction } from '../store-reports.ts'
import type { AdminContext } from './admin-context.ts'
import { changeMap } from './change-map.ts'
import { checkFolders, type NewFolder } from './check-folders.ts'
import { edited } from './edited.ts'
import { predictChange } from './predict-change.ts'

interface Planned {
  readonly folders: readonly NewFolder[]
  readonly devices: readonly NewDevice[]
  readonly prediction: Prediction
}

/** Says what adding drives would move. Nothing is written. */
export async function planAdd(context: AdminContext, drives: readonly NewDrive[]): Promise<Prediction> {
  const { prediction } = await plan(context, drives)
  return prediction
}

/**
 * Adds drives: looks at the folders, predicts, makes them drives, and only then puts them into the map. When it is broken
 * off in between, it can be asked for again.
 */
export async function addDrives(
  context: AdminContext,
  drives: readonly NewDrive[],
): Promise<StoreAdminOperations['addDrives']['output']> {
  const { folders, devices, prediction } = await plan(context, drives)
  const { map } = context.parts.store.maps.current
  await format(context, folders, devices)
  const ids = devices.map((_, index) => map.nextDevice + index)
  const reason = `add drive${ids.length === 1 ? '' : 's'} ${ids.join(', ')}`
  const work = await changeMap(context, { reason, prediction, edit: (now) => addDevices(now, devices) })
  const idOf = new Map(context.parts.store.maps.current.map.devices.map(({ uuid, id }) => [uuid, id]))
  const added = devices.map(({ uuid, path }) => ({ id: idOf.get(uuid) as number, path }))
  return { added, prediction: withNumbers(prediction, added), work }
}

async function plan(context: AdminContext, drives: readonly NewDrive[]): Promise<Planned> {
  const { store, places } = context.parts
  const { map: before } = store.maps.current
  const folders = await checkFolders(drives, { map: before, places })
  const devices = folders.map(({ space, uuid, ...folder }): NewDevice => {
    return { ...folder, uuid: uuid ?? newUuid(store.runtime.random), capacityBytes: space.totalBytes }
  })
  const after = edited(before, (map) => addDevices(map, devices), 'Conflict')
  const freeOf = new Map(folders.map(({ path, space }) => [path, space.freeBytes]))
  const { prediction } = await predictChange(context, { before, after, freeOf })
  return { folders, devices, prediction: withWarnings(prediction, before, folders) }
}

async function format(
  { parts }: AdminContext,
  folders: readonly NewFolder[],
  devices: readonly NewDevice[],
): Promise<void> {
  const { runtime, maps } = parts.store
  const { storeId, nextDevice } = maps.current.map
  for (const [index, { path }] of folders.entries()) {
    const deviceId = (devices[index] as NewDevice).uuid
    try {
      await formatDrive(path, { storeId, deviceId, device: nextDevice + index, createdMs: runtime.clock.now() })
    } catch (error) {
      if (error instanceof UnusableDriveError) throw new AdminError('UnusableDrive', error.message)
      throw error
    }
  }
}

/** A drive in the place of one that is gone does not take its number: the other is still waited for. */
function withWarnings(prediction: Prediction, { devices }: StoreMap, folders: readonly NewFolder[]): Prediction {
  const gone = devices.filter(({ path }) => folders.some((folder) => folder.path === path))
  const warnings = gone.map(
    ({ id, path }) =>
      `${path} was drive ${id}, which is down: when it is gone for good, remove it with --force as well`,
  )
  return { ...prediction, warnings: [...prediction.warnings, ...warnings] }
}

function withNumbers(prediction: Prediction, added: readonly { id: number; path: string }[]): Prediction {
  const drives = prediction.drives.map((drive) => {
    const number = added.find(({ path }) => drive.id === null && path === drive.path)?.id
    return { ...drive, id: drive.id ?? number ?? null }
  })
  return { ...prediction, drives }
}
