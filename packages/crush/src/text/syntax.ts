// The text form as it is written: names not yet resolved, optional parts still missing, lines kept for errors.
import type { BucketAlgorithm } from '../map/crush-map.ts'
import type { Tunables } from '../map/tunables.ts'

export interface TextItem {
  readonly line: number
  readonly name: string
  /** 16.16. */
  readonly weight: number | undefined
  readonly position: number | undefined
}

export interface TextBucket {
  readonly line: number
  readonly type: string
  readonly name: string
  readonly id: number | undefined
  /** Ids of its shadows by device class. */
  readonly shadowIds: ReadonlyMap<string, number>
  readonly algorithm: BucketAlgorithm
  readonly items: readonly TextItem[]
}

export type TextStep = { readonly line: number } & (
  | { readonly op: 'noop' | 'emit' }
  | { readonly op: 'take'; readonly item: string; readonly class: string | undefined }
  | {
      readonly op: 'choose' | 'chooseleaf'
      readonly mode: 'firstn' | 'indep'
      readonly count: number
      readonly type: string
    }
  | { readonly op: 'set'; readonly name: string; readonly value: number }
)

export interface TextRule {
  readonly line: number
  readonly name: string
  readonly id: number
  readonly kind: 'replicated' | 'erasure'
  readonly minSize: number
  readonly maxSize: number
  readonly steps: readonly TextStep[]
}

export interface TextChooseArgs {
  readonly line: number
  readonly bucket: number
  readonly weightSet: readonly (readonly number[])[]
  readonly ids: readonly number[]
}

export interface TextMap {
  readonly tunables: Tunables
  readonly types: { readonly line: number; readonly id: number; readonly name: string }[]
  readonly devices: {
    readonly line: number
    readonly id: number
    readonly name: string
    readonly class: string | undefined
  }[]
  readonly buckets: TextBucket[]
  readonly rules: TextRule[]
  readonly chooseArgs: { readonly line: number; readonly id: number; readonly args: TextChooseArgs[] }[]
  /** Device classes in the order in which they appear. */
  readonly classes: Set<string>
}
