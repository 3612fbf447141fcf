// A map as flat arrays, ready for `doRule`: everything that placing reads lies in typed arrays, and the scratch space
// it writes lies beside them, so that a call allocates nothing.
import type { CrushRule } from '../map/crush-map.ts'
import type { Tunables } from '../map/tunables.ts'
import type { Kernel } from './kernel.ts'

/** What a map is turned into by `compileMap`. One call at a time: the scratch arrays belong to the call in progress. */
export interface CompiledMap {
  readonly tunables: Tunables
  /** One more than the highest device id. Device weights given to `doRule` are indexed by id below this. */
  readonly deviceIdLimit: number
  /** Rules by id. */
  readonly rules: ReadonlyMap<number, CompiledRule>

  /** Crush buckets by slot (−1 − id): algorithm number (0: no such bucket), type, item count, first item in `items`. */
  readonly algorithms: Uint8Array
  readonly types: Int32Array
  readonly sizes: Int32Array
  readonly offsets: Int32Array
  /** Item ids of all crush buckets; item weights (list, tree) beside them. */
  readonly items: Int32Array
  readonly weights: Float64Array
  /** Running sums, node weights or straws, from `auxiliaryOffsets[slot]` on. */
  readonly auxiliary: Float64Array
  readonly auxiliaryOffsets: Int32Array

  /** straw2: byte addresses in the kernel's memory, how many weight positions there are and how far apart they lie. */
  readonly kernel: Kernel
  readonly idAddresses: Int32Array
  readonly weightAddresses: Int32Array
  readonly positionCounts: Int32Array
  readonly positionBytes: Int32Array

  /** Permutations in progress, laid out as `items`, with the x they are of and how many entries are settled. */
  readonly permutation: Int32Array
  readonly permutationX: Int32Array
  readonly permutationCounts: Int32Array

  /** Three rows of the widest result so far: items in hand, items chosen from them, and the leaves below those. */
  scratch: Int32Array
  readonly call: Call
}

/** What stays the same while one `doRule` runs, or is set by its steps. */
export interface Call {
  x: number
  /** Reweight of each device by id, 16.16. */
  deviceWeights: Uint32Array
  tries: number
  /** 0 where no step has set it. */
  leafTries: number
  localTries: number
  fallbackTries: number
  varyR: number
  stable: number
}

export interface CompiledRule {
  readonly rule: CrushRule
  /** Three numbers a step: operation, and two arguments, as in the binary map. */
  readonly steps: Int32Array
}

/** A position of an indep rule that no device could fill. */
export const none = 0x7fffffff
