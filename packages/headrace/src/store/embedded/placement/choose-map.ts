import { indexDeviceCount } from './index-devices.ts'
import type { MapVersion, StoreMap } from './store-map.ts'

/** A map that was found on a drive. */
export interface FoundMap {
  /** The drive's folder. */
  readonly where: string
  /** Of the drive, where it is known. */
  readonly uuid?: string | undefined
  readonly map: StoreMap
}

/** Drives of one store were opened apart from one another, so that each may hold writes that the other lacks. */
export class SplitStoreError extends Error {
  constructor(one: FoundMap, other: FoundMap) {
    super(
      `${one.where} (map of epoch ${one.map.epoch}, written ${dateOf(one.map)}) and ${other.where} (map of epoch ` +
        `${other.map.epoch}, written ${dateOf(other.map)}) belong to one store, but were opened apart from each other: ` +
        'each may hold objects that the other lacks, and chunks that the other needs. Start with only the drives of the ' +
        'half that you want to keep; what the other half alone holds can be copied from it first, by starting it by ' +
        'itself on another port. Only when a census of the half that you keep finds no object lost, empty the folders ' +
        'of the other half and add them as new drives.',
    )
    this.name = 'SplitStoreError'
  }
}

function dateOf({ changedMs }: StoreMap): string {
  return new Date(changedMs).toISOString()
}

/**
 * The map that a store opens with, of those that were found on its drives (one at least): that of the highest epoch. A
 * map of which it is clear that nobody can have used it does not count: a crash in the middle of writing it left it.
 * @returns it, and the drives whose map is another and is to be written again
 * @throws SplitStoreError when a drive's map is no earlier version of it
 */
export function chooseMap<Found extends FoundMap>(
  found: readonly Found[],
): { readonly map: StoreMap; readonly stale: readonly Found[] } {
  const used = found.filter(({ map }) => mayBeUsed(map, found))
  const byEpoch = found.toSorted((a, b) => b.map.epoch - a.map.epoch) as [Found, ...Found[]]
  const apartFrom = ({ map }: Found) => used.find((other) => !isVersionOf(other.map, map))
  const winner = byEpoch.find((candidate) => apartFrom(candidate) === undefined)
  if (winner === undefined) throw new SplitStoreError(byEpoch[0], apartFrom(byEpoch[0]) as Found)
  const { map } = winner
  return { map, stale: found.filter((other) => other.map.epoch !== map.epoch || other.map.term !== map.term) }
}

/**
 * Whether anybody can have gone by a map: it was on so many of the drives that it says are up before anybody heard of it,
 * and those that are here with a map that does not come after it never had it.
 */
function mayBeUsed(map: StoreMap, found: readonly FoundMap[]): boolean {
  const without = new Set(found.filter((other) => !isVersionOf(map, other.map)).map(({ uuid }) => uuid))
  const up = map.devices.filter(({ isUp }) => isUp)
  const holders = up.filter(({ uuid }) => !without.has(uuid))
  return holders.length >= Math.min(indexDeviceCount(map), up.length)
}

/** Whether a version is that of the map, or of one before it. */
export function isVersionOf(version: MapVersion, map: StoreMap): boolean {
  return [map, ...map.lineage].some(({ term, epoch }) => term === version.term && version.epoch <= epoch)
}
