import { CrushError } from '../map/crush-error.ts'
import type { BucketAlgorithm, CrushBucket, CrushDevice, CrushMap } from '../map/crush-map.ts'
import { type Tunables, tunableProfiles } from '../map/tunables.ts'
import { MapDraft } from './map-draft.ts'

export interface BuiltDevice {
  /** Where it is, from the root down to its own name: `default/rack1/host1/drive1`. */
  readonly path: string
  /** 16.16; see `toWeight`. */
  readonly weight: number
  readonly class?: string
  /** By default its index in the list. */
  readonly id?: number
}

export interface BuildOptions {
  /** Names of the types from the root down to the device, one a part of the path: `['root', 'host', 'drive']`. */
  readonly types: readonly string[]
  /** `jewel` by default, today's optimum. */
  readonly tunables?: Tunables
  /** straw2 by default. */
  readonly algorithm?: BucketAlgorithm
}

/**
 * Builds a map from a list of devices. Crush buckets come into being as paths name them; the map has no rules yet (see
 * `addRule`). Throws a CrushError when a path does not fit the types or a name stands at two places.
 */
export function buildMap(devices: readonly BuiltDevice[], options: BuildOptions): CrushMap {
  const { types, tunables = tunableProfiles.jewel, algorithm = 'straw2' } = options
  const named: CrushDevice[] = []
  const tree = new BucketTree(types.length, algorithm)
  devices.forEach(({ path, id: givenId, weight, class: deviceClass }, index) => {
    const parts = path.split('/')
    if (parts.length !== types.length || parts.length < 2 || parts.includes('')) {
      throw new CrushError(`device ${path}`, `its path must name one of each: ${types.join('/')}`)
    }
    const id = givenId ?? index
    named.push({ id, name: parts.at(-1)!, ...(deviceClass !== undefined && { class: deviceClass }) })
    tree.at(parts.slice(0, -1)).items.push({ id, weight })
  })
  const bare: CrushMap = {
    tunables,
    types: types.toReversed().map((name, id) => ({ id, name })),
    devices: named,
    buckets: tree.weighed(),
    rules: [],
    chooseArgs: [],
    classes: [],
  }
  return new MapDraft(bare).finish()
}

interface GrowingBucket extends CrushBucket {
  weight: number
  readonly items: { id: number; weight: number }[]
}

/** Crush buckets by path, made as they are first asked for, the ones above them first. */
class BucketTree {
  readonly #byPath = new Map<string, GrowingBucket>()
  readonly #levels: number
  readonly #algorithm: BucketAlgorithm

  constructor(levels: number, algorithm: BucketAlgorithm) {
    this.#levels = levels
    this.#algorithm = algorithm
  }

  at(parts: readonly string[]): GrowingBucket {
    const path = parts.join('/')
    const found = this.#byPath.get(path)
    if (found !== undefined) return found
    const parent = parts.length > 1 ? this.at(parts.slice(0, -1)) : undefined
    const id = -1 - this.#byPath.size
    const type = this.#levels - parts.length
    const made = { id, name: parts.at(-1)!, type, algorithm: this.#algorithm, weight: 0, items: [] }
    this.#byPath.set(path, made)
    parent?.items.push({ id, weight: 0 })
    return made
  }

  /** All crush buckets with their weights. Whatever lies below another was made later, so the last comes first. */
  weighed(): CrushBucket[] {
    const buckets = [...this.#byPath.values()]
    for (const bucket of buckets.toReversed()) {
      for (const item of bucket.items) if (item.id < 0) item.weight = buckets[-1 - item.id]!.weight
      bucket.weight = bucket.items.reduce((sum, item) => sum + item.weight, 0)
    }
    return buckets
  }
}
