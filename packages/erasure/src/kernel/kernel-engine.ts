import { type Buffers, checkBuffers } from '../combination.ts'
import { allocateFrom, type LocalEngine } from '../engine.ts'
import { Kernel } from './kernel.ts'

/** The kernels whose memory holds buffers, by that memory: a kernel lives as long as one of its buffers. */
const owners = new WeakMap<ArrayBufferLike, Kernel>()
/** The kernel for buffers that live elsewhere, made when the first of them come. */
let common: Kernel | undefined

/** Computes with the WebAssembly kernel; only for processes that can run it (`kernelSupported`). */
export const kernelEngine: LocalEngine = {
  name: 'wasm-simd',
  allocate(request) {
    return allocateFrom((sizeBytes) => {
      const kernel = new Kernel(sizeBytes)
      owners.set(kernel.resident.buffer, kernel)
      return kernel.resident
    }, request)
  },
  combine(combination, buffers) {
    const length = checkBuffers(combination, buffers)
    kernelFor(buffers).combine(combination, buffers, length)
  },
}

/** The kernel in whose memory the first buffer that is in one lies; what is elsewhere is copied to it. */
function kernelFor({ sources, targets }: Buffers): Kernel {
  for (const { buffer } of [...sources, ...targets]) {
    const owner = owners.get(buffer)
    if (owner !== undefined) return owner
  }
  common ??= new Kernel(0)
  return common
}
