// Writes src/choose/kernel-code.ts: the kernel as WebAssembly. `node tools/build-kernel.ts` (needs wabt).
// A test builds it again and compares, so the bytes in the repository are always those of this source.
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import wabt from 'wabt'
import { highTableBytes, lanes } from '../src/choose/kernel-layout.ts'

const shifts: readonly (readonly ['shr_u' | 'shl', number])[] = [
  ['shr_u', 13],
  ['shl', 8],
  ['shr_u', 13],
  ['shr_u', 12],
  ['shl', 16],
  ['shr_u', 5],
  ['shr_u', 3],
  ['shl', 10],
  ['shr_u', 15],
]

/** Jenkins' mix of three words or three vectors of words: each step changes one by the two others, the last shifted. */
function mix(kind: 'i32' | 'i32x4', names: readonly [string, string, string]): string {
  const xor = kind === 'i32' ? 'i32.xor' : 'v128.xor'
  return shifts
    .map(([shift, bits], step) => {
      const [a, b, c] = [0, 1, 2].map((turn) => `(local.get $${names[(step + turn) % 3]})`)
      const difference = `(${kind}.sub (${kind}.sub ${a} ${b}) ${c})`
      return `(local.set $${names[step % 3]} (${xor} ${difference} (${kind}.${shift} ${c} (i32.const ${bits}))))`
    })
    .join('\n')
}

/** What is mixed in turn for a hash of three and of four words. */
const orders = {
  hash3: ['abh', 'cxh', 'yah', 'bxh', 'ych'],
  hash4: ['abh', 'cdh', 'axh', 'ybh', 'cxh', 'ydh'],
}

function mixAll(kind: 'i32' | 'i32x4', order: readonly string[]): string {
  return order.map((names) => mix(kind, [names[0]!, names[1]!, names[2]!])).join('\n')
}

/** A function that hashes single words, for the algorithms that hash one item at a time. */
function hashFunction(name: keyof typeof orders, parameters: readonly string[]): string {
  const seeded = parameters.reduce((hash, each) => `(i32.xor ${hash} (local.get $${each}))`, '(i32.const 1315423911)')
  return `
  (func (export "${name}") ${parameters.map((each) => `(param $${each} i32)`).join(' ')} (result i32)
    (local $x i32) (local $y i32) (local $h i32)
    (local.set $x (i32.const 231232))
    (local.set $y (i32.const 1232))
    (local.set $h ${seeded})
    ${mixAll('i32', orders[name])}
    (local.get $h))`
}

/** The draw of one lane: (ln(u) − 2^48) ÷ weight, cut to an integer; in doubles, which are exact at this size. */
function draw(lane: number): string {
  return `
  (local.set $weight (f64.load offset=${lane * 8} (local.get $weights)))
  (if (f64.gt (local.get $weight) (f64.const 0)) (then
    ;; u + 1, shifted left until bit 15 or 16 is set
    (local.set $u (i32.add (i32.and (i32x4.extract_lane ${lane} (local.get $h)) (i32.const 0xffff)) (i32.const 1)))
    (local.set $shift (i32.sub (i32.clz (local.get $u)) (i32.const 16)))
    (if (i32.lt_s (local.get $shift) (i32.const 0)) (then (local.set $shift (i32.const 0))))
    (local.set $u (i32.shl (local.get $u) (local.get $shift)))
    ;; address of the pair (reciprocal, logarithm) for k = (u >> 8) - 128
    (local.set $pair (i32.shl (i32.sub (i32.shr_u (local.get $u) (i32.const 8)) (i32.const 128)) (i32.const 4)))
    (local.set $ln (i64.add
      (i64.shl (i64.sub (i64.const -1) (i64.extend_i32_u (local.get $shift))) (i64.const 44))
      (i64.shr_u
        (i64.add
          (i64.load offset=8 (local.get $pair))
          ;; bits 48 to 55 of u * reciprocal, times eight, address the low table
          (i64.load offset=${highTableBytes} (i32.wrap_i64 (i64.and
            (i64.shr_u (i64.mul (i64.extend_i32_u (local.get $u)) (i64.load (local.get $pair))) (i64.const 45))
            (i64.const 0x7f8)))))
        (i64.const 4))))
    (local.set $draw (f64.trunc (f64.div (f64.convert_i64_s (local.get $ln)) (local.get $weight))))
    (if (f64.gt (local.get $draw) (local.get $best)) (then
      (local.set $best (local.get $draw))
      (local.set $chosen (i32.add (local.get $index) (i32.const ${lane})))))))`
}

const source = `
(module
  (memory (import "crush" "memory") 1)
  (func (export "straw2")
    (param $ids i32) (param $weights i32) (param $count i32) (param $input i32) (param $r i32) (result i32)
    (local $a v128) (local $b v128) (local $c v128) (local $x v128) (local $y v128) (local $h v128)
    (local $index i32) (local $chosen i32) (local $u i32) (local $shift i32) (local $pair i32)
    (local $ln i64) (local $weight f64) (local $draw f64) (local $best f64)
    (local.set $best (f64.const -inf))
    (loop $group
      (local.set $a (i32x4.splat (local.get $input)))
      (local.set $b (v128.load (local.get $ids)))
      (local.set $c (i32x4.splat (local.get $r)))
      (local.set $x (i32x4.splat (i32.const 231232)))
      (local.set $y (i32x4.splat (i32.const 1232)))
      (local.set $h (v128.xor (v128.xor (v128.xor
        (i32x4.splat (i32.const 1315423911)) (local.get $a)) (local.get $b)) (local.get $c)))
      ${mixAll('i32x4', orders.hash3)}
      ${Array.from({ length: lanes }, (_, lane) => draw(lane)).join('\n')}
      (local.set $ids (i32.add (local.get $ids) (i32.const ${lanes * 4})))
      (local.set $weights (i32.add (local.get $weights) (i32.const ${lanes * 8})))
      (local.set $index (i32.add (local.get $index) (i32.const ${lanes})))
      (br_if $group (i32.lt_u (local.get $index) (local.get $count))))
    (local.get $chosen))
  ${hashFunction('hash3', ['a', 'b', 'c'])}
  ${hashFunction('hash4', ['a', 'b', 'c', 'd'])})`

/** The TypeScript file that carries the kernel. */
export async function buildKernel(): Promise<string> {
  const { parseWat } = await wabt()
  const binary = parseWat('kernel.wat', source, { simd: true }).toBinary({}).buffer
  const text = Buffer.from(binary).toString('base64')
  const rows = text.match(/.{1,112}/g) ?? []
  return `// Written by tools/build-kernel.ts, which holds the source. Do not edit.

/** The kernel: a WebAssembly module of ${binary.length} bytes, in base64. */
export const kernelCode = [
${rows.map((row) => `  '${row}',`).join('\n')}
].join('')
`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(new URL('../src/choose/kernel-code.ts', import.meta.url), await buildKernel())
}
