import type { Runtime } from '../src/core/runtime.ts'
import { readDeviceFile } from '../src/store/embedded/drive/check-drive.ts'
import type { Drive } from '../src/store/embedded/drive/drive.ts'
import { LocalDrives } from '../src/store/embedded/drive/local-drives.ts'
import { readWholeFile, writeFileDurably } from '../src/store/embedded/drive/write-file.ts'
import { type DeviceFile, deviceFileName, encodeDeviceFile } from '../src/store/embedded/format/device-file.ts'
import { decodeMapFile, mapFileName } from '../src/store/embedded/format/map-file.ts'
import type { IndexMedium } from '../src/store/embedded/keeper/index-medium.ts'
import { KeeperPlace } from '../src/store/embedded/keeper-place.ts'
import { chooseMap } from '../src/store/embedded/placement/choose-map.ts'
import {
  addDevices,
  markDown,
  markUp,
  type NewDrive,
  newStore,
  replaceDevice,
} from '../src/store/embedded/placement/edit-map.ts'
import type { StoreMap } from '../src/store/embedded/placement/store-map.ts'
import { memoryMedium } from './memory-medium.ts'

/** Of simulated drives: all are of one size. */
const capacityBytes = 1024 ** 4
const storeId = 'simulated'
/** A drive that hangs is not there. */
const patienceMs = 10_000

/** The identity that a simulated drive has in the map; one that is blank again gets another. */
export function simDrive(path: string, uuid: string): NewDrive {
  return { uuid, path, fileSystemId: path, host: 'sim', rack: undefined, deviceClass: 'hot', capacityBytes }
}

/** Makes a blank drive one of the store. */
export async function formatSimDrive(drive: Drive, device: number): Promise<NewDrive> {
  const deviceId = `${drive.name}-${device}`
  const file: DeviceFile = { storeId, deviceId, device, createdMs: 0 }
  await writeFileDurably(drive, deviceFileName, encodeDeviceFile(file))
  return simDrive(drive.name, deviceId)
}

/** What stands in a bay. */
type Found =
  | { readonly kind: 'drive'; readonly drive: Drive; readonly device: DeviceFile; readonly map: StoreMap | undefined }
  | { readonly kind: 'blank'; readonly drive: Drive }
  | { readonly kind: 'away'; readonly drive: Drive }

export interface SimPlaceOptions {
  /** How the index of a drive is kept. */
  readonly mediumOf?: (drive: Drive) => IndexMedium
}

/**
 * A place for one life of a process: its indexes are in memory, made anew from snapshot and journal, and its locks go
 * with it. Blank drives become drives of the store, as empty folders do.
 */
export async function simPlace(
  drives: readonly Drive[],
  runtime: Runtime,
  { mediumOf = memoryMedium }: SimPlaceOptions = {},
): Promise<KeeperPlace> {
  const held = new Set<number>()
  // Others may be added later.
  const open = (path: string) => drives.find(({ name }) => name === path) ?? missingDrive(path)
  const found = await Promise.all(drives.map((drive) => inspect(drive, runtime)))
  const before = newestMap(found)
  const opening = before === undefined ? await firstMap(found) : await openingMap(before, found, runtime)
  return await KeeperPlace.open({
    found: before ?? opening,
    opening,
    local: new LocalDrives({ clock: runtime.clock, open, name: 'keeper' }),
    runtime,
    // Calls on the drive itself: those of the keeper are limited and measured.
    mediumOf: ({ drive }) => mediumOf(drive),
    bareDrive: ({ path }) => open(path),
    lockSession(session) {
      if (held.has(session)) throw new Error(`session ${session} lives`)
      held.add(session)
      return { release: () => held.delete(session) }
    },
  })
}

async function inspect(drive: Drive, { clock }: Runtime): Promise<Found> {
  const looked = look(drive).catch((): Found => ({ kind: 'away', drive }))
  const late = clock.sleep(patienceMs).then((): Found => ({ kind: 'away', drive }))
  return await Promise.race([looked, late])
}

async function look(drive: Drive): Promise<Found> {
  const names = await drive.list('.')
  if (!names.includes(deviceFileName)) {
    // The power may have gone while it was made a drive.
    const isBlank = names.every((name) => name === `${deviceFileName}.new`)
    return { kind: isBlank ? 'blank' : 'away', drive }
  }
  const device = await readDeviceFile(drive)
  const bytes = await readWholeFile(drive, mapFileName)
  return { kind: 'drive', drive, device, map: bytes && readMap(bytes) }
}

/** A damaged map is as good as none, as long as others have one. */
function readMap(bytes: Buffer): StoreMap | undefined {
  try {
    return decodeMapFile(bytes)
  } catch {
    return undefined
  }
}

function newestMap(found: readonly Found[]): StoreMap | undefined {
  const maps = found.flatMap((each) =>
    each.kind === 'drive' && each.map !== undefined ? [{ where: each.drive.name, map: each.map }] : [],
  )
  const [first, ...others] = maps
  return first && chooseMap([first, ...others]).map
}

/** There is no store yet, or it was being made when the power went. */
async function firstMap(found: readonly Found[]): Promise<StoreMap> {
  for (const { kind, drive } of found) {
    if (kind === 'away' || (await drive.list('journal')).length > 0) throw new Error(`${drive.name} has lost its map`)
  }
  const drives: NewDrive[] = []
  for (const [device, { drive }] of found.entries()) drives.push(await formatSimDrive(drive, device))
  return newStore({ storeId, term: 0, changedMs: 0, drives })
}

/** What has changed since the map was written: as `openingMap` does for folders. */
async function openingMap(before: StoreMap, found: readonly Found[], runtime: Runtime): Promise<StoreMap> {
  const nowMs = runtime.clock.now()
  let map = before
  const added: NewDrive[] = []
  for (const each of found) {
    if (each.kind !== 'drive') continue
    const { deviceId, device } = each.device
    const known = map.devices.find(({ uuid }) => uuid === deviceId)
    if (known !== undefined) map = markUp(map, known.id)
    // It was being added when the process died; one with a lower number was taken out.
    else if (device >= before.nextDevice) added.push(simDrive(each.drive.name, deviceId))
  }
  for (const { id, uuid, path } of before.devices) {
    if (found.some((each) => each.kind === 'drive' && each.device.deviceId === uuid)) continue
    const blank = found.find(({ kind, drive }) => kind === 'blank' && drive.name === path)
    if (blank === undefined) map = markDown(map, id, nowMs)
    else map = replaceDevice(map, id, await formatSimDrive(blank.drive, map.nextDevice))
  }
  return added.length > 0 ? addDevices(map, added) : map
}

function missingDrive(name: string): Drive {
  const fail = () => Promise.reject(Object.assign(new Error(`ENOENT: ${name}`), { code: 'ENOENT' }))
  return {
    name,
    open: fail,
    rename: fail,
    remove: fail,
    syncFolder: fail,
    list: fail,
    makeFolder: fail,
    space: fail,
    folderId: fail,
  }
}
