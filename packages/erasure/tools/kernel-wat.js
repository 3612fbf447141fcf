// The source of the WebAssembly kernel: WAT text for one function per number of targets, all of the same shape.
//
// A product c · b in GF(2^8) is the XOR of two look-ups, because multiplication is linear: one by the low nibble of b and
// one by the high nibble. A table of 16 entries is one SIMD register, and a swizzle looks up 16 bytes at once. The tables
// of coefficient c stand at address 32 · c: 16 bytes for the low nibbles, then 16 for the high ones.
//
// `relaxed_swizzle` is one instruction on every CPU where `swizzle` costs a range check more on x86 (it halves the speed).
// The two differ only for indexes above 15, which a nibble never is, so the result is the same everywhere.
/** Bytes that one turn of the loop handles; callers round up to a multiple of it. */
export const stepBytes = 32
/** Most targets that are computed in one pass over the sources: more would not fit 16 SIMD registers. */
export const targetsPerPass = 4
const vectors = [0, 1]
/** WAT text of the whole module; it imports its memory as `env.memory` and exports `combine1` … `combine4`. */
export function kernelWat() {
  const functions = Array.from({ length: targetsPerPass }, (_, index) => combineFunction(index + 1))
  return `(module\n  (import "env" "memory" (memory 1))\n${functions.join('\n')})\n`
}
/**
 * One function: targets[i] = XOR over j of coefficients[j][i] · sources[j], for `byteCount` bytes (a multiple of 32).
 * `sources` and `targets` are addresses of arrays of addresses; `coefficients` is one byte per source and target,
 * those of one source side by side.
 */
function combineFunction(targetCount) {
  const targets = Array.from({ length: targetCount }, (_, index) => index)
  const sums = targets.flatMap((target) => vectors.map((vector) => `$sum${target}_${vector}`))
  const locals = [...vectors.flatMap((vector) => [`$low${vector}`, `$high${vector}`]), ...sums]
  return `
  (func (export "combine${targetCount}")
    (param $sources i32) (param $sourceCount i32) (param $targets i32) (param $coefficients i32) (param $byteCount i32)
    (local $position i32) (local $source i32) (local $coefficient i32) (local $address i32) (local $table i32)
    (local $nibble v128) (local $lowTable v128) (local $highTable v128)
    ${locals.map((name) => `(local ${name} v128)`).join(' ')}
    (local.set $nibble (i8x16.splat (i32.const 15)))
    (loop $step
      ${sums.map((name) => `(local.set ${name} (v128.const i64x2 0 0))`).join('\n      ')}
      (local.set $source (local.get $sources))
      (local.set $coefficient (local.get $coefficients))
      (loop $nextSource
        (local.set $address (i32.add (i32.load (local.get $source)) (local.get $position)))
${vectors.map(splitNibbles).join('\n')}
${targets.map(addProduct).join('\n')}
        (local.set $coefficient (i32.add (local.get $coefficient) (i32.const ${targetCount})))
        (local.set $source (i32.add (local.get $source) (i32.const 4)))
        (br_if $nextSource
          (i32.lt_u (local.get $source) (i32.add (local.get $sources) (i32.shl (local.get $sourceCount) (i32.const 2))))))
${targets.map(storeSums).join('\n')}
      (local.set $position (i32.add (local.get $position) (i32.const ${stepBytes})))
      (br_if $step (i32.lt_u (local.get $position) (local.get $byteCount)))))`
}
function splitNibbles(vector) {
  return `
        (local.set $low${vector} (v128.load offset=${vector * 16} (local.get $address)))
        (local.set $high${vector}
          (v128.and (i16x8.shr_u (local.get $low${vector}) (i32.const 4)) (local.get $nibble)))
        (local.set $low${vector} (v128.and (local.get $low${vector}) (local.get $nibble)))`
}
function addProduct(target) {
  const add = (vector) => `
        (local.set $sum${target}_${vector} (v128.xor (local.get $sum${target}_${vector}) (v128.xor
          (i8x16.relaxed_swizzle (local.get $lowTable) (local.get $low${vector}))
          (i8x16.relaxed_swizzle (local.get $highTable) (local.get $high${vector})))))`
  return `
        (local.set $table (i32.shl (i32.load8_u offset=${target} (local.get $coefficient)) (i32.const 5)))
        (local.set $lowTable (v128.load (local.get $table)))
        (local.set $highTable (v128.load offset=16 (local.get $table)))${vectors.map(add).join('')}`
}
function storeSums(target) {
  const store = (vector) =>
    `      (v128.store offset=${vector * 16} (local.get $address) (local.get $sum${target}_${vector}))`
  return `
      (local.set $address (i32.add (i32.load offset=${target * 4} (local.get $targets)) (local.get $position)))
${vectors.map(store).join('\n')}`
}
