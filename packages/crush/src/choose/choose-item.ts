// One choice in one crush bucket, by its algorithm. All functions return an item id; none allocates.
import type { CompiledMap } from './compiled-map.ts'

/**
 * The item that crush bucket `slot` (not empty) gives for input `x` and try `r`. `position` is the place in the result,
 * which only weight sets of straw2 look at.
 */
export function chooseItem(map: CompiledMap, slot: number, x: number, r: number, position: number): number {
  switch (map.algorithms[slot]) {
    case 5:
      return chooseStraw2(map, slot, x, r, position)
    case 1:
      return choosePermuted(map, slot, x, r)
    case 2:
      return chooseList(map, slot, x, r)
    case 3:
      return chooseTree(map, slot, x, r)
    default:
      return chooseStraw(map, slot, x, r)
  }
}

function chooseStraw2(map: CompiledMap, slot: number, x: number, r: number, position: number): number {
  const row = Math.min(position, map.positionCounts[slot]! - 1)
  const weights = map.weightAddresses[slot]! + row * map.positionBytes[slot]!
  const index = map.kernel.straw2(map.idAddresses[slot]!, weights, map.sizes[slot]!, x, r)
  return map.items[map.offsets[slot]! + index]!
}

/**
 * Entry r of the permutation that x and the bucket's id seed. It is settled entry by entry and kept until another x
 * comes, for the tries of one placement ask for its first few entries again and again.
 */
export function choosePermuted(map: CompiledMap, slot: number, x: number, r: number): number {
  const { permutation } = map
  const size = map.sizes[slot]!
  const offset = map.offsets[slot]!
  const wanted = (r >>> 0) % size
  let count = map.permutationCounts[slot]!
  if (count === 0 || map.permutationX[slot] !== x) {
    for (let index = 0; index < size; index += 1) permutation[offset + index] = index
    map.permutationX[slot] = x
    count = 0
  }
  while (count <= wanted) {
    if (count < size - 1) {
      const other = count + ((map.kernel.hash3(x, -1 - slot, count) >>> 0) % (size - count))
      const taken = permutation[offset + other]!
      permutation[offset + other] = permutation[offset + count]!
      permutation[offset + count] = taken
    }
    count += 1
  }
  map.permutationCounts[slot] = count
  return map.items[offset + permutation[offset + wanted]!]!
}

function chooseList(map: CompiledMap, slot: number, x: number, r: number): number {
  const offset = map.offsets[slot]!
  const sums = map.auxiliaryOffsets[slot]!
  for (let index = map.sizes[slot]! - 1; index > 0; index -= 1) {
    const item = map.items[offset + index]!
    // The reference cuts the quotient; comparing it with an integer needs no cut.
    const drawn = ((map.kernel.hash4(x, item, r, -1 - slot) & 0xffff) * map.auxiliary[sums + index]!) / 0x10000
    if (drawn < map.weights[offset + index]!) return item
  }
  return map.items[offset]!
}

function chooseTree(map: CompiledMap, slot: number, x: number, r: number): number {
  const nodes = map.auxiliaryOffsets[slot]!
  // The root is the middle of the node array, whose length is twice the next power of two above the last index.
  let node = 1 << (32 - Math.clz32(map.sizes[slot]! - 1))
  for (let step = node >> 1; step > 0; step >>= 1) {
    const hash = map.kernel.hash4(x, node, r, -1 - slot)
    const weight = map.auxiliary[nodes + node]!
    // (hash · weight) >> 32 needs 64 bits, so the product is taken in two halves of the hash.
    const low = Math.floor(((hash & 0xffff) * weight) / 0x10000)
    const drawn = Math.floor(((hash >>> 16) * weight + low) / 0x10000)
    node += drawn < map.auxiliary[nodes + node - step]! ? -step : step
  }
  // Only a tree without any weight can end beyond its last item.
  return map.items[map.offsets[slot]! + Math.min(node >> 1, map.sizes[slot]! - 1)]!
}

function chooseStraw(map: CompiledMap, slot: number, x: number, r: number): number {
  const offset = map.offsets[slot]!
  const straws = map.auxiliaryOffsets[slot]!
  let best = -1
  let chosen = 0
  for (let index = 0; index < map.sizes[slot]!; index += 1) {
    const draw = (map.kernel.hash3(x, map.items[offset + index]!, r) & 0xffff) * map.auxiliary[straws + index]!
    if (draw > best) {
      best = draw
      chosen = index
    }
  }
  return map.items[offset + chosen]!
}
