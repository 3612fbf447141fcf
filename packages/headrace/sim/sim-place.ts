import type { Runtime } from '../src/core/runtime.ts'
import type { Drive } from '../src/store/embedded/drive/drive.ts'
import { LocalDrives } from '../src/store/embedded/drive/local-drives.ts'
import { readWholeFile, writeFileDurably } from '../src/store/embedded/drive/write-file.ts'
import { type DeviceFile, deviceFileName, encodeDeviceFile } from '../src/store/embedded/format/device-file.ts'
import { decodeMapFile, mapFileName } from '../src/store/embedded/format/map-file.ts'
import { KeeperPlace } from '../src/store/embedded/keeper-place.ts'
import { chooseMap, type FoundMap } from '../src/store/embedded/placement/choose-map.ts'
import { markDown, markUp, newStore } from '../src/store/embedded/placement/edit-map.ts'
import type { StoreMap } from '../src/store/embedded/placement/store-map.ts'
import { memoryMedium } from './memory-medium.ts'

/** Of simulated drives: all are of one size. */
const capacityBytes = 1024 ** 4
const storeId = 'simulated'

/** The identity that a new simulated drive has in the map. */
export function simDrive(name: string) {
  return { uuid: name, path: name, fileSystemId: name, host: 'sim', rack: undefined, deviceClass: 'hot', capacityBytes }
}

/** Makes a simulated drive one of the store. */
export async function formatSimDrive(drive: Drive, device: number): Promise<void> {
  const file: DeviceFile = { storeId, deviceId: drive.name, device, createdMs: 0 }
  await writeFileDurably(drive, deviceFileName, encodeDeviceFile(file))
}

/**
 * A place for one life of a process: its indexes are in memory, made anew from snapshot and journal, and its locks go
 * with it.
 * @param drives that are there, in the order of their numbers; at first all of them become a store
 */
export async function simPlace(drives: readonly Drive[], runtime: Runtime): Promise<KeeperPlace> {
  const held = new Set<number>()
  const byName = new Map(drives.map((drive) => [drive.name, drive]))
  const open = (name: string) => byName.get(name) ?? missingDrive(name)
  const found = await readMaps(drives)
  const map = found ?? (await firstMap(drives))
  const nowMs = runtime.clock.now()
  const opening = map.devices.reduce(
    (edited, { id, uuid }) => (byName.has(uuid) ? markUp(edited, id) : markDown(edited, id, nowMs)),
    map,
  )
  return await KeeperPlace.open({
    found: map,
    opening,
    local: new LocalDrives({ clock: runtime.clock, open, name: 'keeper' }),
    runtime,
    mediumOf: ({ drive }) => memoryMedium(drive),
    bareDrive: ({ path }) => open(path),
    lockSession(session) {
      if (held.has(session)) throw new Error(`session ${session} lives`)
      held.add(session)
      return { release: () => held.delete(session) }
    },
  })
}

async function firstMap(drives: readonly Drive[]): Promise<StoreMap> {
  for (const [device, drive] of drives.entries()) await formatSimDrive(drive, device)
  return newStore({ storeId, term: 0, changedMs: 0, drives: drives.map(({ name }) => simDrive(name)) })
}

async function readMaps(drives: readonly Drive[]): Promise<StoreMap | undefined> {
  const maps: FoundMap[] = []
  for (const drive of drives) {
    // A drive that is dead is not there.
    const bytes = await readWholeFile(drive, mapFileName).catch(() => undefined)
    if (bytes !== undefined) maps.push({ where: drive.name, map: decodeMapFile(bytes) })
  }
  const [first, ...others] = maps
  return first && chooseMap([first, ...others]).map
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
  }
}
