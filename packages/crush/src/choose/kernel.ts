// The innermost loop of placing: hash every item of a straw2 bucket, draw a straw for each, keep the longest. It runs
// as WebAssembly because hashing four items at once makes a whole placement about twice as fast (see bench/README.md);
// the hashes of the other algorithms are there too, since they come at half the cost.
import { highTable, lowTable } from '../hash/logarithm-table.ts'
import { kernelCode } from './kernel-code.ts'
import { bucketsStart, highTableBytes } from './kernel-layout.ts'
import { type WasmModule, webAssembly } from './web-assembly.ts'

const pageBytes = 65536

/** What the kernel computes. Addresses are bytes in its memory, 16-byte aligned; words are 32-bit integers. */
export interface Kernel {
  /**
   * Index of the item that wins in a straw2 bucket of `count` items, the first when all weigh nothing. `ids` (int32) and
   * `weights` (float64) are addresses of lists that are padded to four items.
   */
  straw2(ids: number, weights: number, count: number, x: number, r: number): number
  /** The hashes of three and of four words, as signed integers. */
  hash3(a: number, b: number, c: number): number
  hash4(a: number, b: number, c: number, d: number): number
}

let compiled: WasmModule | undefined

/** A kernel with a memory of its own that has room for `bucketBytes` bytes from `bucketsStart` on. */
export function createKernel(bucketBytes: number): { kernel: Kernel; memory: ArrayBuffer } {
  compiled ??= new webAssembly.Module(Buffer.from(kernelCode, 'base64'))
  const pages = Math.ceil((bucketsStart + bucketBytes) / pageBytes)
  const memory = new webAssembly.Memory({ initial: pages, maximum: pages })
  const words = new BigInt64Array(memory.buffer)
  highTable.forEach((value, index) => {
    words[index] = BigInt(value)
  })
  lowTable.forEach((value, index) => {
    words[highTableBytes / 8 + index] = BigInt(value)
  })
  const instance = new webAssembly.Instance(compiled, { crush: { memory } })
  return { kernel: instance.exports as Kernel, memory: memory.buffer }
}
