import { FormatError } from '../../../core/bytes.ts'
import type { Drive } from '../drive/drive.ts'
import { readWholeFile } from '../drive/write-file.ts'
import { decodeMapFile, mapFileName } from '../format/map-file.ts'
import { chooseMap, isVersionOf } from './choose-map.ts'
import type { MapDevice, StoreMap } from './store-map.ts'

/**
 * Whether a drive that was away may be used again: while it was, somebody may have opened the store with it, apart from
 * the others. A map that cannot be read says nothing, and is written anew.
 * @throws SplitStoreError
 */
export async function checkReturnedMap(
  drive: Drive,
  { uuid }: Pick<MapDevice, 'uuid'>,
  current: StoreMap,
): Promise<void> {
  const found = await readMap(drive)
  if (found === undefined || isVersionOf(found, current)) return
  const others = current.devices.filter((device) => device.isUp && device.uuid !== uuid)
  chooseMap([
    { where: drive.name, uuid, map: found },
    ...others.map((device) => ({ where: device.path, uuid: device.uuid, map: current })),
  ])
}

async function readMap(drive: Drive): Promise<StoreMap | undefined> {
  const bytes = await readWholeFile(drive, mapFileName)
  try {
    return bytes && decodeMapFile(bytes)
  } catch (error) {
    if (error instanceof FormatError) return undefined
    throw error
  }
}
