import { FormatError } from '../../../core/bytes.ts'
import { type Drive, systemCode } from '../drive/drive.ts'
import type { DeviceFile } from '../format/device-file.ts'
import { decodeMapFile, mapFileName } from '../format/map-file.ts'
import { chooseMap, type FoundMap } from '../placement/choose-map.ts'
import { markDown, markUp, relocateDevice } from '../placement/edit-map.ts'
import type { StoreMap } from '../placement/store-map.ts'

/** A drive of a store, as it was found. */
export interface FoundDrive {
  /** Its folder, absolute. */
  readonly where: string
  readonly drive: Drive
  readonly device: DeviceFile
  readonly fileSystemId: string
}

export interface FindMapOptions {
  /** Makes the map of a store that has none yet: one of before there were maps, on a single drive. */
  readonly adopt: (drive: FoundDrive) => StoreMap
  /** Told of drives whose map cannot be read, while another's can. */
  readonly unreadable: (drive: FoundDrive, error: unknown) => void
}

/**
 * The map that a store opens with: the newest on any of its drives.
 * @throws SplitStoreError when drives were opened apart from one another
 * @throws MapLostError when no drive has a map that can be read
 */
export async function findMap(
  found: readonly [FoundDrive, ...FoundDrive[]],
  { adopt, unreadable }: FindMapOptions,
): Promise<StoreMap> {
  const read = await Promise.all(found.map(readMap))
  const [first, ...others] = read.filter((each) => 'map' in each)
  const failures = read.filter((each) => 'error' in each)
  if (first === undefined) {
    const [only] = found
    if (failures.length > 0) throw new MapLostError(failures[0] as Unreadable)
    if (found.length > 1 || only.device.device !== 0) throw new MapLostError({ ...only, error: 'it has none' })
    return adopt(only)
  }
  for (const { from, error } of failures) unreadable(from, error)
  return chooseMap([first, ...others]).map
}

interface Unreadable {
  readonly where: string
  readonly error: unknown
}

/** There are drives of a store, but no map that says which and how. */
export class MapLostError extends Error {
  constructor({ where, error }: Unreadable) {
    super(
      `No drive that is there has a map of its store that can be read (${where}/${mapFileName}: ` +
        `${error instanceof Error ? error.message : error}). Name the folders of more drives of the store with --data, ` +
        `or restore ${mapFileName} on one of them from a backup.`,
      { cause: error },
    )
    this.name = 'MapLostError'
  }
}

type ReadMap =
  | (FoundMap & { readonly from: FoundDrive })
  | (Unreadable & { readonly from: FoundDrive })
  | { where: string }

async function readMap(from: FoundDrive): Promise<ReadMap> {
  const { where, drive, device } = from
  try {
    const bytes = await readMapFile(drive)
    if (bytes === undefined) return { where }
    const map = decodeMapFile(bytes)
    if (map.storeId !== device.storeId) throw new FormatError(`it is the map of another store, ${map.storeId}`)
    return { where, map, from }
  } catch (error) {
    return { where, error, from }
  }
}

/** @returns undefined when there is none */
async function readMapFile(drive: Drive): Promise<Buffer | undefined> {
  try {
    const file = await drive.open(mapFileName, 'read')
    try {
      const bytes = Buffer.alloc(await file.size())
      await file.read([bytes], 0)
      return bytes
    } finally {
      await file.close()
    }
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  }
}

/** Says in a map which of its drives are there, and where. */
export function withPresence(
  map: StoreMap,
  found: readonly Pick<FoundDrive, 'where' | 'device' | 'fileSystemId'>[],
  nowMs: number,
): StoreMap {
  return map.devices.reduce((edited, { id, uuid }) => {
    const drive = found.find(({ device }) => device.deviceId === uuid)
    if (drive === undefined) return markDown(edited, id, nowMs)
    return markUp(relocateDevice(edited, id, { path: drive.where, fileSystemId: drive.fileSystemId }), id)
  }, map)
}
