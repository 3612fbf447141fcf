// The CRUSH map as plain data: what the text, binary and JSON forms are read into, what edits return changed copies
// of, and what `compileMap` turns into arrays for placing. It survives JSON.stringify and structuredClone unchanged.
import type { Tunables } from './tunables.ts'

/** How a crush bucket chooses among its items. straw2 is the one to use; the others exist for older maps. */
export type BucketAlgorithm = 'uniform' | 'list' | 'tree' | 'straw' | 'straw2'

/** The algorithms' numbers in Ceph's binary map and in `allowed_bucket_algs`, where n stands for bit n. */
export const algorithmNumbers = { uniform: 1, list: 2, tree: 3, straw: 4, straw2: 5 } as const satisfies Record<
  BucketAlgorithm,
  number
>

export interface CrushType {
  /** 0 is the type of devices. */
  readonly id: number
  readonly name: string
}

export interface CrushDevice {
  /** 0 or more; Ceph's OSD number. */
  readonly id: number
  readonly name: string
  /** Device class, such as `ssd`. */
  readonly class?: string
}

export interface CrushItem {
  /** A device (0 or more) or another crush bucket (below 0). */
  readonly id: number
  /** 16.16 fixed point: 0x10000 is 1.0, by custom one TiB. 0 takes the item out of every choice. */
  readonly weight: number
}

export interface CrushBucket {
  /** Below 0. */
  readonly id: number
  readonly name: string
  /** Id of its type, above 0. */
  readonly type: number
  readonly algorithm: BucketAlgorithm
  /** 16.16 fixed point: the sum of its items' weights, unless an older program stored something else. */
  readonly weight: number
  readonly items: readonly CrushItem[]
  /**
   * What the algorithm looks up besides weights, when a map carries values other than `auxiliaryOf` computes from the
   * weights: running sums (list), node weights (tree) or straw lengths (straw), in the map's own integers.
   */
  readonly auxiliary?: readonly number[]
  /** Set on the shadow of another crush bucket that holds one device class only. Edits keep shadows up to date. */
  readonly shadow?: { readonly of: number; readonly class: string }
}

/** Steps that set a number for the rest of the rule, with their numbers in the binary map. */
export const settingSteps = {
  set_choose_tries: 8,
  set_chooseleaf_tries: 9,
  set_choose_local_tries: 10,
  set_choose_local_fallback_tries: 11,
  set_chooseleaf_vary_r: 12,
  set_chooseleaf_stable: 13,
} as const

/** Steps that choose, with their numbers in the binary map. */
export const choosingSteps = { choose_firstn: 2, choose_indep: 3, chooseleaf_firstn: 6, chooseleaf_indep: 7 } as const

/** One step of a rule. */
export type RuleStep =
  | { readonly op: 'noop' | 'emit' }
  /** Start from this crush bucket or device. */
  | { readonly op: 'take'; readonly item: number }
  /** Choose `count` items of a type; 0 or less means that many fewer than wanted. */
  | { readonly op: keyof typeof choosingSteps; readonly count: number; readonly type: number }
  | { readonly op: keyof typeof settingSteps; readonly value: number }

export interface CrushRule {
  readonly id: number
  readonly name: string
  readonly kind: 'replicated' | 'erasure'
  /** Smallest and largest pool size it was meant for. `doRule` does not enforce them, nor does Ceph. */
  readonly minSize: number
  readonly maxSize: number
  readonly steps: readonly RuleStep[]
  /** Only in maps of old clusters: the rule set's number where it is not the rule's id. */
  readonly ruleset?: number
}

/** Replacement weights and ids for the items of one straw2 crush bucket (Ceph's weight sets). */
export interface ChooseArgs {
  readonly bucket: number
  /** One list of item weights (16.16) per position of the result; later positions use the last list. */
  readonly weightSet?: readonly (readonly number[])[]
  /** What is hashed instead of each item's id. */
  readonly ids?: readonly number[]
}

export interface ChooseArgsSet {
  /** A pool's id, or −1 for the set that applies to pools without one of their own. */
  readonly id: number
  readonly args: readonly ChooseArgs[]
}

export interface CrushMap {
  readonly tunables: Tunables
  readonly types: readonly CrushType[]
  readonly devices: readonly CrushDevice[]
  /** All crush buckets, shadows among them. */
  readonly buckets: readonly CrushBucket[]
  readonly rules: readonly CrushRule[]
  readonly chooseArgs: readonly ChooseArgsSet[]
  /** Device classes with the ids that Ceph gave them; their order decides the ids of new shadows. */
  readonly classes: readonly { readonly id: number; readonly name: string }[]
}
