// CRUSH, bit-exact with Ceph: maps as plain data, placing, pools, and what a change of a map moves.

export { formatBinaryMap } from './binary/format-binary-map.ts'
export { parseBinaryMap } from './binary/parse-binary-map.ts'
export { type CompileOptions, compileMap } from './choose/compile-map.ts'
export { type CompiledMap, none } from './choose/compiled-map.ts'
export { doRule } from './choose/do-rule.ts'
export { type BuildOptions, type BuiltDevice, buildMap } from './edit/build-map.ts'
export {
  addBucket,
  addDevice,
  moveItem,
  type NewBucket,
  type NewDevice,
  removeItem,
  reweightDevice,
  setDeviceClass,
} from './edit/edit-items.ts'
export { addRule, type NewRule, removeRule } from './edit/edit-rules.ts'
export { crushLn } from './hash/logarithm.ts'
export { hashObjectName, stableMod, stableModMask } from './hash/object-name.ts'
export { hash1, hash2, hash3, hash4, hash5 } from './hash/rjenkins.ts'
export { formatCrushDump } from './json/format-crush-dump.ts'
export { parseCrushDump } from './json/parse-crush-dump.ts'
export { parseOsdDump } from './json/parse-osd-dump.ts'
export { auxiliaryOf } from './map/auxiliary.ts'
export { checkMap } from './map/check.ts'
export { CrushError } from './map/crush-error.ts'
export type {
  BucketAlgorithm,
  ChooseArgs,
  ChooseArgsSet,
  CrushBucket,
  CrushDevice,
  CrushItem,
  CrushMap,
  CrushRule,
  CrushType,
  RuleStep,
} from './map/crush-map.ts'
export { drawTree, type TreeNode, treeOf } from './map/draw-tree.ts'
export { bucketOf, deviceIdLimit, idOf, nameOf, typeIdOf, typeNameOf } from './map/names.ts'
export { type Tunables, tunableProfiles } from './map/tunables.ts'
export { formatWeight, fromWeight, toWeight, weightOne } from './map/weight.ts'
export { type Cluster, pgKey, upSet } from './pool/cluster.ts'
export {
  allIn,
  type DeviceChange,
  type DiffOptions,
  diffPlacement,
  type MovedPg,
  type PlacementDiff,
} from './pool/placement-diff.ts'
export { createPool, type ObjectLocation, objectToPlacementGroup, type Pool, placementInput } from './pool/pool.ts'
export { deviceShares } from './pool/shares.ts'
export { type FormatOptions, formatTextMap } from './text/format-text-map.ts'
export { parseTextMap } from './text/parse-text-map.ts'
