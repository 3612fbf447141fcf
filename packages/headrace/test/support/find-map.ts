import { FormatError } from '../../src/core/bytes.ts'
import { type Drive, systemCode } from '../../src/store/embedded/drive/drive.ts'
import { decodeMapFile, mapFileName } from '../../src/store/embedded/format/map-file.ts'
import { chooseMap, type FoundMap } from '../../src/store/embedded/placement/choose-map.ts'
import { markDown, markUp } from '../../src/store/embedded/placement/edit-map.ts'
import type { StoreMap } from '../../src/store/embedded/placement/store-map.ts'

/** The newest map on some drives, as the store finds it; undefined when none has one. Damaged ones are passed over. */
export async function findMap(drives: readonly Drive[]): Promise<StoreMap | undefined> {
  const read = await Promise.all(drives.map(readMap))
  const [first, ...others] = read.filter((each) => each !== undefined)
  return first && chooseMap([first, ...others]).map
}

async function readMap(drive: Drive): Promise<FoundMap | undefined> {
  try {
    const file = await drive.open(mapFileName, 'read')
    try {
      const bytes = Buffer.alloc(await file.size())
      await file.read([bytes], 0)
      return { where: drive.name, map: decodeMapFile(bytes) }
    } finally {
      await file.close()
    }
  } catch (error) {
    if (error instanceof FormatError || systemCode(error) !== undefined) return undefined
    throw error
  }
}

/** Says in a map which of its drives are there. */
export function withPresence(map: StoreMap, present: readonly number[], nowMs: number): StoreMap {
  return map.devices.reduce(
    (edited, { id }) => (present.includes(id) ? markUp(edited, id) : markDown(edited, id, nowMs)),
    map,
  )
}
