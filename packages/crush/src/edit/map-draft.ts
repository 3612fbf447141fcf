import { checkMap } from '../map/check.ts'
import { CrushError } from '../map/crush-error.ts'
import type { ChooseArgs, ChooseArgsSet, CrushBucket, CrushDevice, CrushItem, CrushMap } from '../map/crush-map.ts'
import { rebuildShadows } from '../map/shadows.ts'

/**
 * A copy of a map in the course of an edit. Whatever is done to it, a crush bucket weighs what its items weigh, up to the
 * root, and weight sets have an entry an item; `finish` makes the shadows anew and checks the whole.
 */
export class MapDraft {
  readonly #map: CrushMap
  readonly #buckets: Map<number, CrushBucket>
  readonly #args: { id: number; byBucket: Map<number, ChooseArgs> }[]
  readonly devices: CrushDevice[]

  constructor(map: CrushMap) {
    this.#map = map
    // Shadows stay until `finish`, for their ids are taken; nothing else looks at them.
    this.#buckets = new Map(map.buckets.map((bucket) => [bucket.id, bucket]))
    this.#args = map.chooseArgs.map(({ id, args }) => ({
      id,
      byBucket: new Map(args.map((each) => [each.bucket, each])),
    }))
    this.devices = [...map.devices]
  }

  bucket(id: number): CrushBucket {
    const found = this.#buckets.get(id)
    if (found === undefined) throw new CrushError(`${id}`, 'is not a crush bucket')
    return found
  }

  /** Crush buckets that hold this item, shadows left out. */
  holdersOf(id: number): CrushBucket[] {
    return [...this.#buckets.values()].filter((each) => !each.shadow && each.items.some((item) => item.id === id))
  }

  /** Adds a crush bucket without items and returns its id, the highest free one below 0. */
  addBucket(bucket: Omit<CrushBucket, 'id' | 'weight' | 'items'>): number {
    let id = -1
    while (this.#buckets.has(id)) id -= 1
    this.#buckets.set(id, { ...bucket, id, weight: 0, items: [] })
    return id
  }

  removeBucket(id: number): void {
    this.#buckets.delete(id)
    for (const { byBucket } of this.#args) byBucket.delete(id)
  }

  /** Gives a crush bucket other items, and everything above it the weight that follows. */
  setItems(id: number, items: readonly CrushItem[]): void {
    const { auxiliary: _outdated, ...old } = this.bucket(id)
    const weight = items.reduce((sum, item) => sum + item.weight, 0)
    this.#buckets.set(id, { ...old, items, weight })
    for (const { byBucket } of this.#args) realign(byBucket, old, items)
    for (const holder of this.holdersOf(id)) {
      this.setItems(
        holder.id,
        holder.items.map((item) => (item.id === id ? { id, weight } : item)),
      )
    }
  }

  /** The edited map. Throws a CrushError when the edit has made it malformed, for instance by a cycle. */
  finish(): CrushMap {
    const names = new Set(this.#map.classes.map((each) => each.name))
    const classes = [...this.#map.classes]
    for (const { class: name } of this.devices) {
      if (name === undefined || names.has(name)) continue
      names.add(name)
      classes.push({ id: classes.reduce((most, each) => Math.max(most, each.id), -1) + 1, name })
    }
    const edited: CrushMap = {
      ...this.#map,
      devices: this.devices.toSorted((a, b) => a.id - b.id),
      buckets: [...this.#buckets.values()].sort((a, b) => b.id - a.id),
      chooseArgs: this.#args.map(({ id, byBucket }): ChooseArgsSet => ({ id, args: [...byBucket.values()] })),
      classes,
    }
    checkMap({ ...edited, buckets: edited.buckets.filter((bucket) => !bucket.shadow), rules: [], chooseArgs: [] })
    const map = classes.length > 0 ? rebuildShadows(edited) : edited
    checkMap(map)
    return map
  }
}

/**
 * Fits a weight set to changed items: an item whose weight stayed keeps its entries; any other gets its weight, a crush
 * bucket with entries of its own the sum of those.
 */
function realign(byBucket: Map<number, ChooseArgs>, old: CrushBucket, items: readonly CrushItem[]): void {
  const entry = byBucket.get(old.id)
  if (entry === undefined) return
  const oldIndexes = new Map(old.items.map((item, index) => [item.id, index]))
  const weightSet = entry.weightSet?.map((row, position) =>
    items.map(({ id, weight }) => {
      const index = oldIndexes.get(id)
      const below = byBucket.get(id)?.weightSet
      if (below !== undefined) return below[Math.min(position, below.length - 1)]!.reduce((sum, each) => sum + each, 0)
      return index !== undefined && old.items[index]!.weight === weight ? row[index]! : weight
    }),
  )
  const ids = entry.ids && items.map(({ id }) => entry.ids![oldIndexes.get(id) ?? -1] ?? id)
  byBucket.set(old.id, { bucket: old.id, ...(weightSet && { weightSet }), ...(ids && { ids }) })
}
