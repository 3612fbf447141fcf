import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { checkLayout, chunkRanges, locateByte, paddedChunkBytes, storedChunkBytes, stripeCount } from './layout.ts'

const layouts = fc.record({
  k: fc.integer({ min: 1, max: 7 }),
  unitBytes: fc.integer({ min: 1, max: 9 }),
  sizeBytes: fc.integer({ min: 0, max: 300 }),
})

/** Which byte of the object is where, by walking: places[chunk][offset] = position in the object. */
function walk({ k, unitBytes, sizeBytes }: { k: number; unitBytes: number; sizeBytes: number }): number[][] {
  const places = Array.from({ length: k }, (): number[] => [])
  for (let position = 0, chunk = 0; position < sizeBytes; chunk = (chunk + 1) % k) {
    for (let unit = 0; unit < unitBytes && position < sizeBytes; unit += 1) places[chunk]!.push(position++)
  }
  return places
}

test('layout: an example of two stripes, the second of them short', () => {
  const layout = { k: 2, unitBytes: 4, sizeBytes: 13 }
  assert.equal(stripeCount(layout), 2)
  assert.equal(paddedChunkBytes(layout), 8)
  assert.deepEqual(
    [0, 1, 2, 3].map((index) => storedChunkBytes(layout, index)),
    [8, 5, 8, 8],
  )
  assert.deepEqual(locateByte(layout, 12), { stripe: 1, chunk: 1, offset: 4 })
  assert.deepEqual(chunkRanges(layout, { offset: 3, length: 6 }), [
    { chunk: 0, offset: 3, length: 2 },
    { chunk: 1, offset: 0, length: 4 },
  ])
})

test('layout: an empty object has no stripe', () => {
  const layout = { k: 3, unitBytes: 8, sizeBytes: 0 }
  assert.equal(stripeCount(layout), 0)
  assert.equal(paddedChunkBytes(layout), 0)
  assert.equal(storedChunkBytes(layout, 0), 0)
  assert.deepEqual(chunkRanges(layout, { offset: 0, length: 10 }), [])
})

test('layout: lengths and places are those found by walking over every byte', () => {
  fc.assert(
    fc.property(layouts, (layout) => {
      const places = walk(layout)
      for (const [chunk, positions] of places.entries()) {
        assert.equal(storedChunkBytes(layout, chunk), positions.length)
        for (const [offset, position] of positions.entries()) {
          const stripe = Math.floor(offset / layout.unitBytes)
          assert.deepEqual(locateByte(layout, position), { stripe, chunk, offset })
        }
      }
      assert.equal(storedChunkBytes(layout, layout.k), places[0]!.length)
      assert.equal(paddedChunkBytes(layout), Math.ceil(places[0]!.length / layout.unitBytes) * layout.unitBytes)
    }),
  )
})

test('chunkRanges: hold exactly the bytes of the range', () => {
  const ranges = fc.record({ offset: fc.integer({ min: 0, max: 310 }), length: fc.integer({ min: 0, max: 310 }) })
  fc.assert(
    fc.property(layouts, ranges, (layout, range) => {
      const places = walk(layout)
      const held = chunkRanges(layout, range).flatMap(({ chunk, offset, length }) => {
        assert.ok(length > 0)
        return places[chunk]!.slice(offset, offset + length)
      })
      const end = Math.min(range.offset + range.length, layout.sizeBytes)
      const wanted = Array.from({ length: Math.max(0, end - range.offset) }, (_, at) => range.offset + at)
      assert.deepEqual(
        held.sort((a, b) => a - b),
        wanted,
      )
    }),
  )
})

test('checkLayout: sizes that are no sizes are refused', () => {
  for (const unitBytes of [0, -1, 1.5, Number.NaN]) {
    assert.throws(() => checkLayout({ unitBytes, sizeBytes: 1 }), { code: 'badProfile', message: /the stripe unit is/ })
  }
  for (const sizeBytes of [-1, 0.5, 2 ** 60]) {
    assert.throws(() => checkLayout({ unitBytes: 1, sizeBytes }), { code: 'badProfile', message: /the size is/ })
  }
})
