import { folders, parseChunkName, parseSegmentName, sessionOfTemporary } from '../../src/store/embedded/data/paths.ts'
import { decodeSegmentRow } from '../../src/store/embedded/format/counters.ts'
import { decodeMapFile, mapFileName } from '../../src/store/embedded/format/map-file.ts'
import type { IndexReader } from '../../src/store/embedded/index/index.ts'
import { segmentKey, sessionKey } from '../../src/store/embedded/index/keys.ts'
import type { MapDevice } from '../../src/store/embedded/placement/store-map.ts'
import { chunkPlace } from '../../src/work/chunk-place.ts'
import { placedRow } from '../../src/work/placed-row.ts'
import type { SimDrive } from '../sim-drive.ts'
import type { SimProcess } from '../sim-process.ts'

const everything = { from: Buffer.alloc(0) }

/** What is wrong on a drive once everything is healed and swept: files that nobody needs, an old map. */
export function checkDrive(
  device: MapDevice,
  bay: SimDrive,
  { process, hasFlips }: { readonly process: SimProcess; readonly hasFlips: (path: string) => boolean },
): string[] {
  const { index } = process.keeperStore
  index.refresh()
  const named = namedFiles(index, device.id)
  const left = [...bay.files().keys()].filter((path) => !isNeeded(path, device.id, index, named))
  const wrong = left.map((path) => `${bay.name}/${path} is left over`)
  // A map that rots is not noticed before the store is opened: as many others are there as drives may be lost.
  const epoch = hasFlips(mapFileName) ? process.map.epoch : epochOn(bay)
  if (epoch !== process.map.epoch) wrong.push(`${bay.name} has the map of epoch ${epoch}, not ${process.map.epoch}`)
  return wrong
}

function epochOn(bay: SimDrive): number | undefined {
  const bytes = bay.peek(mapFileName)
  return bytes && decodeMapFile(Buffer.from(bytes)).epoch
}

/** Files of chunks that rows name on a device. */
function namedFiles(index: IndexReader, device: number): Set<string> {
  const named = new Set<string>()
  for (const { key, value } of index.scan('data', everything)) {
    for (const [chunk, location] of (placedRow(value)?.chunks ?? []).entries()) {
      const place = chunkPlace({ dataId: key, chunk, location })
      if (place?.device === device) named.add(place.path)
    }
  }
  return named
}

/** What a process that lives has not got rid of, because a drive failed, is swept when the process is gone. */
function isNeeded(path: string, device: number, index: IndexReader, named: ReadonlySet<string>): boolean {
  const [folder, ...rest] = path.split('/')
  const name = rest.at(-1) ?? ''
  const isOfLiving = (session: number | undefined) =>
    session !== undefined && index.get('sessions', sessionKey(session)) !== undefined
  if (folder === folders.temporary) return name.includes('probe') || isOfLiving(sessionOfTemporary(name))
  if (folder === folders.chunks) return named.has(path) || isOfLiving(parseChunkName(name)?.session)
  if (folder !== folders.segments) return true
  const segment = parseSegmentName(name.replace(/\.new$/, ''))
  if (segment === undefined) return false
  const row = index.get('segments', segmentKey(device, segment))
  const isFull = row !== undefined && decodeSegmentRow(row).liveRecords > 0
  return named.has(path) || isFull || isOfLiving(segment.session)
}
