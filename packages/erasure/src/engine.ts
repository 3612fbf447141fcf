import type { Buffers, Combination } from './combination.ts'
import { ErasureError } from './errors.ts'

/** Where combinations are computed: on the calling thread (`localEngine`) or by workers (`createPool`). */
export interface Engine {
  /**
   * Zeroed buffers that this engine works on without copying. They share one block of memory, which is freed with the
   * last of them. Each call takes a fraction of a millisecond and one of some 16,000 memories that a process can have, so
   * make many buffers at once and use them again and again. The memory around a buffer, which its `.buffer` shows, is the
   * engine's: never write there. Throws `noMemory` when they do not fit.
   */
  allocate(request: AllocateRequest): Uint8Array[]
  /**
   * Computes the targets from the sources. Throws `badChunks` when lengths differ or a target overlaps another buffer.
   * When it returns a promise, all the buffers are the engine's until that has resolved.
   */
  combine(combination: Combination, buffers: Buffers): void | Promise<void>
}

/** An engine that has finished when it returns, and takes buffers from anywhere. */
export interface LocalEngine extends Engine {
  /** `wasm-simd`, or `scalar` where a process has no WebAssembly with relaxed SIMD: the same, thirty times slower. */
  readonly name: 'wasm-simd' | 'scalar'
  combine(combination: Combination, buffers: Buffers): void
}

export interface AllocateRequest {
  /** Number of buffers, from 1. */
  readonly count: number
  /** Size of each in bytes, from 1. */
  readonly sizeBytes: number
}

const cacheLineBytes = 64
/** A WebAssembly memory ends at 4 GiB, and the kernel keeps less than 1 MiB for itself. */
const allocateBytesMax = 2 ** 32 - 2 ** 20

/** Cuts the buffers of a request out of memory that `reserve` makes (zeroed, of the number of bytes it is asked for). */
export function allocateFrom(reserve: (sizeBytes: number) => Uint8Array, request: AllocateRequest): Uint8Array[] {
  const { count, sizeBytes } = request
  // A cache line more for each: equal offsets of different chunks then fall into different sets of the cache.
  const strideBytes = (Math.ceil(sizeBytes / cacheLineBytes) + 1) * cacheLineBytes
  const totalBytes = count * strideBytes
  if (!(sizeBytes >= 1 && totalBytes > 0 && totalBytes <= allocateBytesMax)) {
    throw noMemory(request, `sizes from 1, and at most ${allocateBytesMax} bytes in all, fit: ask for less at a time`)
  }
  const memory = reserveOrThrow(() => reserve(totalBytes), request)
  return Array.from({ length: count }, (_, index) => {
    return memory.subarray(index * strideBytes, index * strideBytes + sizeBytes)
  })
}

function reserveOrThrow(reserve: () => Uint8Array, request: AllocateRequest): Uint8Array {
  try {
    return reserve()
  } catch (cause) {
    throw noMemory(request, 'the process has no room left: let buffers go, or use those you have again', { cause })
  }
}

function noMemory({ count, sizeBytes }: AllocateRequest, remedy: string, options?: ErrorOptions): ErasureError {
  return new ErasureError('noMemory', `${count} buffers of ${sizeBytes} bytes cannot be allocated; ${remedy}`, options)
}
