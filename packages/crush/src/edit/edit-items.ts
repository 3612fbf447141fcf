// Edits of a map's tree. Each returns a new map and leaves the given one as it was; weights follow up to the root,
// shadows and weight sets follow the change. All throw a CrushError when the edit makes no sense.
import { CrushError } from '../map/crush-error.ts'
import type { BucketAlgorithm, CrushDevice, CrushMap } from '../map/crush-map.ts'
import { bucketOf, idOf, typeIdOf } from '../map/names.ts'
import { MapDraft } from './map-draft.ts'

export interface NewDevice {
  /** The lowest free id by default. */
  readonly id?: number
  readonly name: string
  /** 16.16; see `toWeight`. */
  readonly weight: number
  readonly class?: string
  /** Name of the crush bucket that shall hold it. */
  readonly parent: string
}

export interface NewBucket {
  readonly name: string
  /** Name of a type of the map. */
  readonly type: string
  readonly algorithm?: BucketAlgorithm
  /** Name of the crush bucket that shall hold it; without one it is a root. */
  readonly parent?: string
}

/** Adds a device to a crush bucket. */
export function addDevice(map: CrushMap, device: NewDevice): CrushMap {
  const { name, weight, parent } = device
  const taken = new Set(map.devices.map((each) => each.id))
  let id = device.id
  if (id === undefined) for (id = 0; taken.has(id); ) id += 1
  const draft = new MapDraft(map)
  draft.devices.push({ id, name, ...(device.class !== undefined && { class: device.class }) })
  const holder = draft.bucket(idOf(map, parent))
  draft.setItems(holder.id, [...holder.items, { id, weight }])
  return draft.finish()
}

/** Adds a crush bucket without items. */
export function addBucket(map: CrushMap, bucket: NewBucket): CrushMap {
  const { name, parent, algorithm = 'straw2' } = bucket
  const draft = new MapDraft(map)
  const id = draft.addBucket({ name, type: typeIdOf(map, bucket.type), algorithm })
  if (parent !== undefined) {
    const holder = draft.bucket(idOf(map, parent))
    draft.setItems(holder.id, [...holder.items, { id, weight: 0 }])
  }
  return draft.finish()
}

/** Removes a device, or a crush bucket that holds nothing and that no rule takes. */
export function removeItem(map: CrushMap, name: string): CrushMap {
  const id = idOf(map, name)
  const draft = new MapDraft(map)
  if (id < 0 && draft.bucket(id).items.length > 0) {
    throw new CrushError(`crush bucket ${name}`, 'it still holds items: move or remove them first')
  }
  const shadows = map.buckets.filter((bucket) => bucket.shadow?.of === id).map((bucket) => bucket.id)
  const user = map.rules.find((rule) =>
    rule.steps.some((step) => step.op === 'take' && (step.item === id || shadows.includes(step.item))),
  )
  if (user !== undefined) throw new CrushError(name, `rule ${user.name} takes it: remove the rule first`)
  for (const holder of draft.holdersOf(id))
    draft.setItems(
      holder.id,
      holder.items.filter((item) => item.id !== id),
    )
  if (id < 0) draft.removeBucket(id)
  else
    draft.devices.splice(
      draft.devices.findIndex((device) => device.id === id),
      1,
    )
  return draft.finish()
}

/** Sets the weight (16.16) of a device wherever it is held. A crush bucket weighs what it holds and cannot be set. */
export function reweightDevice(map: CrushMap, name: string, weight: number): CrushMap {
  const id = idOf(map, name)
  if (id < 0) throw new CrushError(`crush bucket ${name}`, 'its weight is the sum of its items: reweight those')
  const draft = new MapDraft(map)
  for (const holder of draft.holdersOf(id)) {
    draft.setItems(
      holder.id,
      holder.items.map((item) => (item.id === id ? { id, weight } : item)),
    )
  }
  return draft.finish()
}

/** Moves a device or a crush bucket with all below it into another crush bucket, out of all that hold it now. */
export function moveItem(map: CrushMap, name: string, parent: string): CrushMap {
  const id = idOf(map, name)
  const draft = new MapDraft(map)
  const holders = draft.holdersOf(id)
  const held = holders[0]?.items.find((item) => item.id === id)
  if (id >= 0 && held === undefined) throw new CrushError(`device ${name}`, 'nothing holds it: use addDevice')
  const weight = held?.weight ?? draft.bucket(id).weight
  for (const holder of holders)
    draft.setItems(
      holder.id,
      holder.items.filter((item) => item.id !== id),
    )
  const target = draft.bucket(idOf(map, parent))
  if (isBelow(map, target.id, id)) throw new CrushError(name, `it cannot move into ${parent}, which lies below it`)
  draft.setItems(target.id, [...target.items, { id, weight }])
  return draft.finish()
}

/** Whether `id` is `top` or lies below it. */
function isBelow(map: CrushMap, id: number, top: number): boolean {
  return id === top || (top < 0 && bucketOf(map, top).items.some((item) => isBelow(map, id, item.id)))
}

/** Sets the class of a device, or takes it away. Rules that take a class then choose among other devices. */
export function setDeviceClass(map: CrushMap, name: string, deviceClass: string | undefined): CrushMap {
  const id = idOf(map, name)
  const draft = new MapDraft(map)
  const index = draft.devices.findIndex((device) => device.id === id)
  if (index < 0) throw new CrushError(name, 'only devices have a class')
  const { class: _old, ...device } = draft.devices[index]!
  const changed: CrushDevice = deviceClass === undefined ? device : { ...device, class: deviceClass }
  draft.devices[index] = changed
  return draft.finish()
}
