// Edits of the map, all pure: each returns another map, the same one when there is nothing to do, and leaves epoch and
// term to `nextMap`.
import { followDrives } from './edit-pools.ts'
import { chooseIndexDevices } from './index-devices.ts'
import { MapEditError } from './map-edit-error.ts'
import type { MapBucket, MapDevice, StoreMap } from './store-map.ts'

export { type ProfileSetting, setProfile, storageClasses } from './edit-pools.ts'
export { chooseIndexDevices, indexDeviceCount, replaceIndexDevice, setIndexDevices } from './index-devices.ts'
export { MapEditError } from './map-edit-error.ts'

/** Openings that a map remembers before its own. */
const lineageMax = 1024

/** Device numbers are 16 bits in data rows. */
export const deviceMax = 0xffff

/** A drive that is going to be a device. */
export type NewDrive = Pick<
  MapDevice,
  'uuid' | 'path' | 'fileSystemId' | 'host' | 'rack' | 'deviceClass' | 'capacityBytes'
>

export interface NewStore {
  readonly storeId: string
  readonly term: number
  readonly changedMs: number
  readonly drives: readonly NewDrive[]
}

/**
 * The first map of a store. One of a single drive is also what a store of before maps has become: its drive is device 0,
 * and its data is in pool 1, which keeps one copy.
 * @throws MapEditError when no drive is of class hot
 */
export function newStore({ storeId, term, changedMs, drives }: NewStore): StoreMap {
  const empty: StoreMap = {
    storeId,
    epoch: 1,
    term,
    changedMs,
    lineage: [],
    devices: [],
    nextDevice: 0,
    nextPool: 1,
    buckets: [{ id: -1, kind: 'root', name: 'default' }],
    pools: [],
    rules: [],
    indexDevices: [],
  }
  const map = addDevices(empty, drives)
  return { ...map, indexDevices: chooseIndexDevices(map) }
}

/** The map of a store that has only a device file so far: see `newStore`. */
export function adoptSingleDrive({
  drive,
  ...store
}: Omit<NewStore, 'drives'> & { readonly drive: NewDrive }): StoreMap {
  return newStore({ ...store, drives: [{ ...drive, deviceClass: 'hot' }] })
}

/** The map that comes after one, as an edit made it: of the next epoch. */
export function nextMap(map: StoreMap, { term, changedMs }: { term: number; changedMs: number }): StoreMap {
  const ended = { epoch: map.epoch, term: map.term }
  const lineage = term === map.term ? map.lineage : [ended, ...map.lineage].slice(0, lineageMax)
  return { ...map, epoch: map.epoch + 1, term, changedMs, lineage }
}

/**
 * Adds drives, with the next numbers. Profiles follow.
 * @throws MapEditError when one is in the map already, or its host in another rack
 */
export function addDevices(map: StoreMap, drives: readonly NewDrive[]): StoreMap {
  return followDrives(drives.reduce(withDevice, map))
}

/**
 * Puts a blank drive in the place of one that is lost, under a number of its own. Profiles stay as they are, and the
 * index is not on it.
 * @throws MapEditError when the other has the last of the index
 */
export function replaceDevice(map: StoreMap, id: number, drive: NewDrive): StoreMap {
  return withDevice(withoutDevice(map, id), drive)
}

function withDevice(map: StoreMap, drive: NewDrive): StoreMap {
  const { uuid, path, fileSystemId, host, rack, deviceClass, capacityBytes } = drive
  const same = map.devices.find((device) => device.uuid === uuid)
  if (same !== undefined) throw new MapEditError(`${path} is drive ${same.id} of this store already`)
  const id = map.nextDevice
  if (id > deviceMax) throw new MapEditError(`${path} cannot be added: ${deviceMax + 1} drives were in this store`)
  const neighbour = map.devices.find((device) => device.host === host && device.rack !== rack)
  if (neighbour !== undefined) {
    const rackOf = (device: Pick<MapDevice, 'rack'>) => (device.rack === undefined ? 'no rack' : `rack ${device.rack}`)
    throw new MapEditError(
      `${path} on host ${host} is said to be in ${rackOf(drive)}, and drive ${neighbour.id} on the same host in ` +
        `${rackOf(neighbour)}: name the same rack`,
    )
  }
  const device: MapDevice = {
    ...{ id, uuid, path, fileSystemId, host, rack, deviceClass, capacityBytes },
    membership: 'in',
    isUp: true,
    downSinceMs: undefined,
  }
  const withHost = withBucket(map.buckets, 'host', host)
  const buckets = rack === undefined ? withHost : withBucket(withHost, 'rack', rack)
  return { ...map, devices: [...map.devices, device], nextDevice: id + 1, buckets }
}

/** A crush bucket stays in the map without drives too, so that its number is the same when it has some again. */
function withBucket(buckets: readonly MapBucket[], kind: MapBucket['kind'], name: string): readonly MapBucket[] {
  if (buckets.some((bucket) => bucket.kind === kind && bucket.name === name)) return buckets
  return [...buckets, { id: Math.min(...buckets.map(({ id }) => id)) - 1, kind, name }]
}

/**
 * An operator takes a drive away: its data is to go elsewhere. Profiles follow from the drives that stay.
 * @throws MapEditError when no drive would be left for some data, or too few for a profile that an operator set
 */
export function startLeaving(map: StoreMap, id: number): StoreMap {
  const device = deviceOf(map, id)
  if (device.membership === 'leaving') return map
  const others = map.devices.filter(
    (each) => each !== device && each.deviceClass === device.deviceClass && each.membership !== 'leaving',
  )
  // Without any cold drive, what was on cold drives goes to hot ones.
  const isNeeded = device.deviceClass === 'hot' || others.length > 0
  if (isNeeded && !others.some(({ membership }) => membership === 'in')) {
    throw new MapEditError(
      `drive ${id} is the last of class ${device.deviceClass} that data can be on: add another before you remove it`,
    )
  }
  return followDrives(withMembership(map, device, 'leaving'))
}

/** The operator has thought better of it. Profiles follow. */
export function cancelLeaving(map: StoreMap, id: number): StoreMap {
  const device = deviceOf(map, id)
  return device.membership === 'leaving' ? followDrives(withMembership(map, device, 'in')) : map
}

/**
 * A drive that leaves is empty, and is in the map no longer. No set changes.
 * @throws MapEditError when it does not leave, or has the index
 */
export function finishLeaving(map: StoreMap, id: number): StoreMap {
  if (deviceOf(map, id).membership !== 'leaving') throw new MapEditError(`drive ${id} is not leaving`)
  if (map.indexDevices.includes(id)) {
    throw new MapEditError(`drive ${id} still has the index: it is to be copied to another first`)
  }
  return withoutDevice(map, id)
}

function withoutDevice(map: StoreMap, id: number): StoreMap {
  const device = deviceOf(map, id)
  const indexDevices = map.indexDevices.filter((each) => each !== id)
  if (indexDevices.length === 0) throw new MapEditError(`drive ${id} alone has the index`)
  return { ...map, devices: map.devices.filter((each) => each !== device), indexDevices }
}

/** A drive does not answer any more. */
export function markDown(map: StoreMap, id: number, nowMs: number): StoreMap {
  const device = deviceOf(map, id)
  return device.isUp ? withChange(map, device, { isUp: false, downSinceMs: nowMs }) : map
}

/** A drive answers again. One that was out stays so until `markIn`. */
export function markUp(map: StoreMap, id: number): StoreMap {
  const device = deviceOf(map, id)
  return device.isUp ? map : withChange(map, device, { isUp: true, downSinceMs: undefined })
}

/** A drive was down for too long: its chunks are made anew elsewhere. One that leaves goes on leaving. */
export function markOut(map: StoreMap, id: number): StoreMap {
  const device = deviceOf(map, id)
  return device.membership === 'in' ? withMembership(map, device, 'out') : map
}

/** A drive that was out takes data again. */
export function markIn(map: StoreMap, id: number): StoreMap {
  const device = deviceOf(map, id)
  return device.membership === 'out' ? withMembership(map, device, 'in') : map
}

/** A drive was found elsewhere than before. */
export function relocateDevice(
  map: StoreMap,
  id: number,
  { path, fileSystemId }: Pick<MapDevice, 'path' | 'fileSystemId'>,
): StoreMap {
  const device = deviceOf(map, id)
  const isThere = device.path === path && device.fileSystemId === fileSystemId
  return isThere ? map : withChange(map, device, { path, fileSystemId })
}

function deviceOf(map: StoreMap, id: number): MapDevice {
  const device = map.devices.find((each) => each.id === id)
  if (device === undefined) throw new MapEditError(`there is no drive ${id}`)
  return device
}

function withMembership(map: StoreMap, device: MapDevice, membership: MapDevice['membership']): StoreMap {
  return withChange(map, device, { membership })
}

function withChange(map: StoreMap, device: MapDevice, change: Partial<MapDevice>): StoreMap {
  return { ...map, devices: map.devices.map((each) => (each === device ? { ...each, ...change } : each)) }
}
