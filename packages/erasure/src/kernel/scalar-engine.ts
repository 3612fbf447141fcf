import { type Buffers, type Combination, checkBuffers } from '../combination.ts'
import { allocateFrom, type LocalEngine } from '../engine.ts'
import { productTable } from '../field.ts'

/** Computes one byte at a time in JavaScript: for processes without WebAssembly or relaxed SIMD. */
export const scalarEngine: LocalEngine = {
  name: 'scalar',
  allocate(request) {
    return allocateFrom((sizeBytes) => new Uint8Array(sizeBytes), request)
  },
  combine(combination, buffers) {
    checkBuffers(combination, buffers)
    combineBytes(combination, buffers)
  },
}

function combineBytes({ sourceCount, coefficients }: Combination, { sources, targets }: Buffers): void {
  targets.forEach((target, row) => {
    target.fill(0)
    sources.forEach((source, column) => {
      addProduct(target, source, productTable(coefficients[row * sourceCount + column]!))
    })
  })
}

/** target += c · source, given the 256 products of c. */
function addProduct(target: Uint8Array, source: Uint8Array, products: Uint8Array): void {
  for (let at = 0; at < target.length; at += 1) target[at] = target[at]! ^ products[source[at]!]!
}
