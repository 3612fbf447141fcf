import assert from 'node:assert/strict'
import type { Buffers, Combination } from '../combination.ts'
import { nibbleTables } from '../field.ts'
import { kernelBase64, stepBytes, targetsPerPass } from './kernel-bytes.ts'
import { webAssembly } from './web-assembly.ts'

/** Addresses of the source addresses, number of sources, addresses of the target addresses and coefficients; bytes. */
type Pass = (sources: number, sourceCount: number, targets: number, coefficients: number, byteCount: number) => void

const pageBytes = 65_536
const cacheLineBytes = 64
/** Bytes of every chunk that are combined in one go: 8 + 3 blocks of this size stay in the second-level cache. */
const blockBytesMax = 16_384

// The memory: products of all coefficients (the kernel expects them at 0), arguments of a pass, scratch, resident buffers.
const addressesAt = 256 * 32
const coefficientsAt = addressesAt + 256 * Uint32Array.BYTES_PER_ELEMENT
const scratchAt = coefficientsAt + 128 * 128
const scratchBytes = 9 * pageBytes
const residentAt = Math.ceil((scratchAt + scratchBytes) / pageBytes) * pageBytes

const binary = Buffer.from(kernelBase64, 'base64')
/** Whether this process can run the kernel: it needs WebAssembly with relaxed SIMD. */
export const kernelSupported = webAssembly?.validate(binary) === true
const module = kernelSupported ? new webAssembly!.Module(binary) : undefined
const tables = nibbleTables()

/**
 * One instance of the WebAssembly kernel with a memory of its own. Buffers in that memory (`resident`) are combined where
 * they are; all others are copied in and out block by block, through scratch that stays in the cache.
 */
export class Kernel {
  /** The part of the memory that is the caller's. */
  readonly resident: Uint8Array
  readonly #memory: Uint8Array
  readonly #addresses: Uint32Array
  readonly #passes: readonly Pass[]

  constructor(residentBytes: number) {
    assert(webAssembly !== undefined && module !== undefined, 'the kernel needs WebAssembly with relaxed SIMD')
    const pages = Math.ceil((residentAt + residentBytes) / pageBytes)
    const memory = new webAssembly.Memory({ initial: pages, maximum: pages }) // never grows: its views stay valid
    const { exports } = new webAssembly.Instance(module, { env: { memory } })
    this.resident = new Uint8Array(memory.buffer, residentAt, residentBytes)
    this.#memory = new Uint8Array(memory.buffer)
    this.#memory.set(tables)
    this.#addresses = new Uint32Array(memory.buffer, addressesAt, 256)
    this.#passes = Array.from({ length: targetsPerPass }, (_, index) => exports[`combine${index + 1}`] as Pass)
  }

  /** Applies a combination to buffers of `length` bytes that `checkBuffers` has passed. */
  combine(combination: Combination, { sources, targets }: Buffers, length: number): void {
    const { sourceCount, targetCount } = combination
    if (targetCount === 0) return
    this.#loadCoefficients(combination)
    const slotBytes = Math.floor(scratchBytes / (sourceCount + targetCount))
    const blockBytes = Math.min(blockBytesMax, roundDown(slotBytes - cacheLineBytes, stepBytes))
    for (let start = 0; start < length; start += blockBytes) {
      const end = Math.min(start + blockBytes, length)
      sources.forEach((source, index) => {
        if (this.#place(source, index, { start, end, blockBytes })) return
        this.#memory.set(source.subarray(start, end), this.#addresses[index])
      })
      const outside = targets.map(
        (target, index) => !this.#place(target, sourceCount + index, { start, end, blockBytes }),
      )
      this.#run(sourceCount, targetCount, roundUp(end - start, stepBytes))
      targets.forEach((target, index) => {
        const address = this.#addresses[sourceCount + index]!
        if (outside[index]) target.set(this.#memory.subarray(address, address + end - start), start)
      })
    }
  }

  /** Copies the coefficients pass by pass, those of one source side by side, as the kernel reads them. */
  #loadCoefficients({ sourceCount, targetCount, coefficients }: Combination): void {
    let at = coefficientsAt
    for (let first = 0; first < targetCount; first += targetsPerPass) {
      const count = Math.min(targetsPerPass, targetCount - first)
      for (let source = 0; source < sourceCount; source += 1) {
        for (let target = first; target < first + count; target += 1) {
          this.#memory[at++] = coefficients[target * sourceCount + source]!
        }
      }
    }
  }

  /**
   * Sets the address of one buffer's block and returns whether it is used where it is. The kernel works in whole steps,
   * so the end of a buffer that is not a whole step goes through scratch, where writing past it harms nobody.
   */
  #place(buffer: Uint8Array, slot: number, block: { start: number; end: number; blockBytes: number }): boolean {
    const { start, end, blockBytes } = block
    const inPlace = buffer.buffer === this.#memory.buffer && (end - start) % stepBytes === 0
    // The cache line between slots keeps equal offsets of different chunks out of the same set of the first-level cache.
    const scratch = scratchAt + slot * (blockBytes + cacheLineBytes)
    this.#addresses[slot] = inPlace ? buffer.byteOffset + start : scratch
    return inPlace
  }

  #run(sourceCount: number, targetCount: number, byteCount: number): void {
    for (let first = 0; first < targetCount; first += targetsPerPass) {
      const count = Math.min(targetsPerPass, targetCount - first)
      const targets = addressesAt + (sourceCount + first) * Uint32Array.BYTES_PER_ELEMENT
      this.#passes[count - 1]!(addressesAt, sourceCount, targets, coefficientsAt + first * sourceCount, byteCount)
    }
  }
}

function roundDown(value: number, step: number): number {
  return value - (value % step)
}

function roundUp(value: number, step: number): number {
  return roundDown(value + step - 1, step)
}
