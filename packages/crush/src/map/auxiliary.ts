// What the older algorithms look up besides weights. Ceph stores these numbers in the binary map; other forms of the
// map leave them out, and they are computed from the weights again.
import type { BucketAlgorithm } from './crush-map.ts'
import { weightOne } from './weight.ts'

/**
 * The numbers an algorithm looks up, from the weights of its items (16.16): running sums for list, node weights for
 * tree, straw lengths (16.16) for straw by `strawCalcVersion` 0 or 1, nothing for uniform and straw2.
 */
export function auxiliaryOf(
  algorithm: BucketAlgorithm,
  weights: readonly number[],
  strawCalcVersion: number,
): number[] {
  if (algorithm === 'list') return runningSums(weights)
  if (algorithm === 'tree') return nodeWeights(weights)
  if (algorithm === 'straw') return strawLengths(weights, strawCalcVersion)
  return []
}

/** How many numbers `auxiliaryOf` gives for so many items. */
export function auxiliaryCount(algorithm: BucketAlgorithm, itemCount: number): number {
  if (algorithm === 'tree') return treeNodeCount(itemCount)
  return algorithm === 'list' || algorithm === 'straw' ? itemCount : 0
}

function runningSums(weights: readonly number[]): number[] {
  let sum = 0
  return weights.map((weight) => (sum += weight))
}

/** Length of a tree's node array: item i is node 2i + 1, and the root is the node in the middle. */
export function treeNodeCount(itemCount: number): number {
  if (itemCount === 0) return 0
  return 2 << (32 - Math.clz32(itemCount - 1))
}

function nodeWeights(weights: readonly number[]): number[] {
  const nodes = new Array<number>(treeNodeCount(weights.length)).fill(0)
  weights.forEach((weight, item) => {
    // Every node above a leaf holds the sum below it; a node's parent is found from its trailing zero bits.
    let node = 2 * item + 1
    for (let step = 1; node < nodes.length; step *= 2) {
      nodes[node]! += weight
      node = node & (step * 2) ? node - step : node + step
    }
  })
  return nodes
}

/**
 * The straws by rising weight: each is the one before it, lengthened so that the heavier items win as much more often as
 * they weigh more. Version 0 is kept with its faults, because maps that were made with it must place as before.
 */
function strawLengths(weights: readonly number[], version: number): number[] {
  const order = weights.map((_, index) => index).sort((a, b) => weights[a]! - weights[b]! || a - b)
  const straws = new Array<number>(weights.length).fill(0)
  let left = weights.length
  let straw = 1
  let below = 0
  let last = 0
  for (let at = 0; at < order.length; at += 1) {
    const weight = weights[order[at]!]!
    if (weight === 0) {
      if (version >= 1) left -= 1
      continue
    }
    straws[order[at]!] = Math.trunc(straw * weightOne)
    const next = weights[order[at + 1] ?? -1]
    if (next === undefined) break
    if (version === 0 && next === weight) continue
    below += (weight - last) * left
    if (version === 0) for (let ahead = at + 1; weights[order[ahead] ?? -1] === next; ahead += 1) left -= 1
    else left -= 1
    // The products and quotients are taken in the reference's order and width: another order rounds otherwise.
    const above = Math.imul(left, next - weight) >>> 0
    if (left > 0) straw *= (1 / (below / (below + above))) ** (1 / left)
    last = weight
  }
  return straws
}
