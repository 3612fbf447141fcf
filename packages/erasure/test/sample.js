/** Bytes that look random and are always the same for one seed (a linear congruential generator, upper bits). */
export function sampleBytes(sizeBytes, seed = 1) {
  let state = seed >>> 0
  return Uint8Array.from({ length: sizeBytes }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state >>> 24
  })
}
/** k chunks of `sizeBytes` that differ from each other. */
export function sampleChunks(count, sizeBytes, seed = 1) {
  return Array.from({ length: count }, (_, index) => sampleBytes(sizeBytes, seed * 1000 + index))
}
/** All ways to choose `count` of the numbers 0 … `total` − 1, each in ascending order. */
export function* choices(total, count, from = 0) {
  if (count === 0) yield []
  else {
    for (let first = from; first <= total - count; first += 1) {
      for (const rest of choices(total, count - 1, first + 1)) yield [first, ...rest]
    }
  }
}
