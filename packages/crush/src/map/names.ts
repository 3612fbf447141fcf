// Looking things up in a map by name or id.
import { CrushError } from './crush-error.ts'
import type { CrushBucket, CrushMap } from './crush-map.ts'

/** One more than the highest device id that the map names or uses. */
export function deviceIdLimit(map: CrushMap): number {
  let limit = 0
  for (const device of map.devices) limit = Math.max(limit, device.id + 1)
  for (const bucket of map.buckets) for (const item of bucket.items) limit = Math.max(limit, item.id + 1)
  return limit
}

/** Name of a device or crush bucket by id; a device that the map does not name is `device7`, as in Ceph. */
export function nameOf(map: CrushMap, id: number): string {
  const found = id < 0 ? map.buckets.find((bucket) => bucket.id === id) : map.devices.find((device) => device.id === id)
  return found?.name ?? (id < 0 ? `bucket${-1 - id}` : `device${id}`)
}

/** `nameOf` for many look-ups: all names by id, collected once. */
export function namesById(map: CrushMap): (id: number) => string {
  const names = new Map<number, string>()
  for (const { id, name } of [...map.devices, ...map.buckets]) names.set(id, name)
  return (id) => names.get(id) ?? (id < 0 ? `bucket${-1 - id}` : `device${id}`)
}

/** Id of the device or crush bucket of this name. Throws a CrushError when there is none. */
export function idOf(map: CrushMap, name: string): number {
  const found = map.buckets.find((bucket) => bucket.name === name) ?? map.devices.find((device) => device.name === name)
  if (found === undefined) throw new CrushError(name, 'the map has no device or crush bucket of this name')
  return found.id
}

/** The crush bucket of this id. Throws a CrushError when there is none. */
export function bucketOf(map: CrushMap, id: number): CrushBucket {
  const found = map.buckets.find((bucket) => bucket.id === id)
  if (found === undefined) throw new CrushError(`crush bucket ${id}`, 'the map has no crush bucket of this id')
  return found
}

/** Name of a type by id: `type7` when the map names none of that id. */
export function typeNameOf(map: CrushMap, id: number): string {
  return map.types.find((type) => type.id === id)?.name ?? (id === 0 ? 'device' : `type${id}`)
}

/** Id of the type of this name. Throws a CrushError when there is none. */
export function typeIdOf(map: CrushMap, name: string): number {
  const found = map.types.find((type) => type.name === name)
  if (found !== undefined) return found.id
  const known = map.types.map((type) => type.name).join(', ')
  throw new CrushError(`type ${name}`, `the map has no such type; it has ${known || 'none'}`)
}
