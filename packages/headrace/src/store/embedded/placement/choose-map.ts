import type { MapVersion, StoreMap } from './store-map.ts'

/** A map that was found on a drive. */
export interface FoundMap {
  /** The drive's folder. */
  readonly where: string
  readonly map: StoreMap
}

/** Drives of one store were opened apart from one another, so that each may hold writes that the other lacks. */
export class SplitStoreError extends Error {
  constructor(one: FoundMap, other: FoundMap) {
    super(
      `${one.where} (map of epoch ${one.map.epoch}, written ${dateOf(one.map)}) and ${other.where} (map of epoch ` +
        `${other.map.epoch}, written ${dateOf(other.map)}) belong to one store, but were opened apart from each other: ` +
        'each may hold objects that the other lacks. Start with only the drives of the half that you want to keep; ' +
        'what the other half alone holds can be copied from it first, by starting it by itself on another port. Then ' +
        'empty the folders of the other half and add them as new drives.',
    )
    this.name = 'SplitStoreError'
  }
}

function dateOf({ changedMs }: StoreMap): string {
  return new Date(changedMs).toISOString()
}

/**
 * The map that a store opens with, of those that were found on its drives (one at least): that of the highest epoch.
 * @returns it, and the drives whose map is older and is to be written again
 * @throws SplitStoreError when a drive's map is no earlier version of it
 */
export function chooseMap<Found extends FoundMap>(
  found: readonly Found[],
): { readonly map: StoreMap; readonly stale: readonly Found[] } {
  const winner = found.reduce((best, each) => (each.map.epoch > best.map.epoch ? each : best))
  const apart = found.find(({ map }) => !isVersionOf(map, winner.map))
  if (apart !== undefined) throw new SplitStoreError(winner, apart)
  return { map: winner.map, stale: found.filter(({ map }) => map.epoch < winner.map.epoch) }
}

/** Whether a version is that of the map, or of one before it. */
export function isVersionOf(version: MapVersion, map: StoreMap): boolean {
  return [map, ...map.lineage].some(({ term, epoch }) => term === version.term && version.epoch <= epoch)
}
