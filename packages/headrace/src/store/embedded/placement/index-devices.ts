import { MapEditError } from './map-edit-error.ts'
import type { MapDevice, StoreMap } from './store-map.ts'

/** Drives that the journal and the index are to be on: one more than the drives that any pool in use may lose. */
export function indexDeviceCount({ rules, pools }: StoreMap): number {
  const used = new Set(rules.flatMap((rule) => [rule.pools.small, rule.pools.large]))
  return 1 + Math.max(0, ...pools.filter(({ id }) => used.has(id)).map(({ m }) => m))
}

/**
 * The drives that the journal and the index should be on, fewer when there are not enough that are in and up: those that
 * have it already, then drives on racks and hosts that have none, of class `hot` where possible.
 */
export function chooseIndexDevices(map: StoreMap): number[] {
  const good = map.devices.filter(({ membership, isUp }) => membership === 'in' && isUp)
  const count = Math.min(indexDeviceCount(map), good.length)
  const chosen: MapDevice[] = []
  while (chosen.length < count) {
    const costs = (device: MapDevice): number[] => [
      map.indexDevices.includes(device.id) ? 0 : 1,
      sharing(chosen, (each) => each.rack ?? each.host, device),
      sharing(chosen, (each) => each.host, device),
      device.deviceClass === 'hot' ? 0 : 1,
      device.id,
    ]
    const left = good.filter((device) => !chosen.includes(device))
    chosen.push(left.reduce((best, each) => (isLess(costs(each), costs(best)) ? each : best)))
  }
  return chosen.map(({ id }) => id).sort((a, b) => a - b)
}

function sharing(chosen: readonly MapDevice[], place: (device: MapDevice) => string, device: MapDevice): number {
  return chosen.filter((each) => place(each) === place(device)).length
}

function isLess(a: readonly number[], b: readonly number[]): boolean {
  const at = a.findIndex((value, index) => value !== b[index])
  return at >= 0 && (a[at] as number) < (b[at] as number)
}

/**
 * Names the drives that have the journal and the index, once they have them.
 * @throws MapEditError when there are none, or one does not exist
 */
export function setIndexDevices(map: StoreMap, indexDevices: readonly number[]): StoreMap {
  if (indexDevices.length === 0) throw new MapEditError('the index has to be on a drive at least')
  for (const id of indexDevices) {
    if (!map.devices.some((device) => device.id === id)) throw new MapEditError(`there is no drive ${id}`)
  }
  return { ...map, indexDevices: [...new Set(indexDevices)].sort((a, b) => a - b) }
}

/** The index is on another drive in place of one, once it has been copied there. */
export function replaceIndexDevice(map: StoreMap, from: number, to: number): StoreMap {
  return setIndexDevices(map, [...map.indexDevices.filter((id) => id !== from), to])
}
