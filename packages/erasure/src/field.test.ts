import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inverse, multiply, nibbleTables, powerOfTwo } from './field.ts'

/** Multiplication by the definition: polynomials over GF(2), reduced by 0x11d. */
function slowProduct(a: number, b: number): number {
  let product = 0
  for (let bit = 0; bit < 8; bit += 1) if ((b >> bit) & 1) product ^= a << bit
  for (let bit = 14; bit >= 8; bit -= 1) if ((product >> bit) & 1) product ^= 0x11d << (bit - 8)
  return product
}

test('multiply: all 65,536 products are those of the definition', () => {
  for (let a = 0; a < 256; a += 1) {
    for (let b = 0; b < 256; b += 1) assert.equal(multiply(a, b), slowProduct(a, b))
  }
})

test('inverse: a · (1 ÷ a) is 1 for every a but 0', () => {
  for (let a = 1; a < 256; a += 1) assert.equal(slowProduct(a, inverse(a)), 1)
})

test('powerOfTwo: doubles with each step and comes round after 255', () => {
  for (let exponent = 0; exponent < 600; exponent += 1) {
    assert.equal(powerOfTwo(exponent + 1), slowProduct(powerOfTwo(exponent), 2))
  }
  assert.equal(powerOfTwo(255), 1)
})

test('nibbleTables: the two look-ups together are the product', () => {
  const tables = nibbleTables()
  for (const c of [0, 1, 2, 0x8e, 0xff]) {
    for (let b = 0; b < 256; b += 1) {
      const both = tables[c * 32 + (b & 15)]! ^ tables[c * 32 + 16 + (b >> 4)]!
      assert.equal(both, slowProduct(c, b))
    }
  }
})
