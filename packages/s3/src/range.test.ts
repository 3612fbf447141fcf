import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseCopyRange, parseRange, selectCopyRange, selectRange } from './range.ts'

test('parseRange: from, from to, and the last bytes', () => {
  assert.deepEqual(parseRange('bytes=0-9'), { first: 0, last: 9 })
  assert.deepEqual(parseRange('bytes=5-'), { first: 5 })
  assert.deepEqual(parseRange('bytes=-5'), { suffixBytes: 5 })
  assert.deepEqual(parseRange('Bytes=007-7'), { first: 7, last: 7 })
  assert.equal(parseRange(undefined), undefined)
})

test('parseRange: what is not one range of bytes is ignored', () => {
  const others = ['', 'bytes=', 'bytes=-', 'bytes=abc', 'bytes=3-1', 'bytes=0-1,3-4', 'bytes 0-1', '0-1', 'items=0-1']
  for (const header of [...others, 'bytes=--1', 'bytes=1.5-2', 'bytes=0x1-2', 'bytes=0 - 1', 'bytes=0-1 ']) {
    assert.equal(parseRange(header), undefined, header)
  }
})

test('parseRange: a header of any length takes linear time', () => {
  const startMs = performance.now()
  for (const filler of [' ', '1', '-', '=']) parseRange(`bytes=${filler.repeat(1_000_000)}x`)
  assert.ok(performance.now() - startMs < 1000)
})

test('parseRange: numbers beyond all objects stay numbers', () => {
  assert.deepEqual(parseRange('bytes=0-99999999999999999999'), { first: 0, last: Number.MAX_SAFE_INTEGER })
  assert.deepEqual(parseRange(`bytes=-${'9'.repeat(400)}`), { suffixBytes: Number.MAX_SAFE_INTEGER })
})

test('selectRange: clamps the end, and reads suffixes from there', () => {
  assert.deepEqual(selectRange({ first: 0, last: 9 }, 5), { first: 0, last: 4 })
  assert.deepEqual(selectRange({ first: 4 }, 5), { first: 4, last: 4 })
  assert.deepEqual(selectRange({ suffixBytes: 2 }, 5), { first: 3, last: 4 })
  assert.deepEqual(selectRange({ suffixBytes: 9 }, 5), { first: 0, last: 4 })
})

test('selectRange: a start behind the end, or no bytes at all, is 416 and tells the size', () => {
  for (const range of [{ first: 5 }, { first: 5, last: 9 }, { suffixBytes: 0 }]) {
    assert.throws(() => selectRange(range, 5), {
      code: 'InvalidRange',
      headers: { 'content-range': 'bytes */5' },
      details: { ActualObjectSize: '5' },
    })
  }
})

test('selectRange: an empty object has no first byte, but its last bytes are all of it', () => {
  assert.throws(() => selectRange({ first: 0 }, 0), { code: 'InvalidRange' })
  assert.throws(() => selectRange({ first: 0, last: 0 }, 0), { code: 'InvalidRange' })
  assert.throws(() => selectRange({ suffixBytes: 0 }, 0), { code: 'InvalidRange' })
  assert.equal(selectRange({ suffixBytes: 1 }, 0), undefined)
})

test('selectRange: always within the object', () => {
  const offset = fc.integer({ min: 0, max: 20 })
  fc.assert(
    fc.property(offset, fc.option(offset), fc.boolean(), offset, (a, b, isSuffix, sizeBytes) => {
      const range = parseRange(isSuffix ? `bytes=-${a}` : `bytes=${a}-${b ?? ''}`)
      if (range === undefined) return
      try {
        const selection = selectRange(range, sizeBytes)
        if (selection === undefined) assert.equal(sizeBytes, 0)
        else assert.ok(0 <= selection.first && selection.first <= selection.last && selection.last < sizeBytes)
      } catch (error) {
        assert.equal((error as { code?: string }).code, 'InvalidRange')
      }
    }),
  )
})

test('parseCopyRange: first and last, or an error that says so', () => {
  assert.equal(parseCopyRange(undefined), undefined)
  assert.deepEqual(parseCopyRange('bytes=0-5'), { first: 0, last: 5 })
  const improper = ['0-2', 'bytes=0', 'bytes=hello-world', 'bytes=0-bar', 'bytes=hello-', 'bytes=0-2,3-5']
  for (const header of [...improper, 'bytes=5-3', 'bytes=-5', 'bytes=5-', '']) {
    assert.throws(() => parseCopyRange(header), {
      code: 'InvalidArgument',
      details: { ArgumentName: 'x-amz-copy-source-range', ArgumentValue: header },
    })
  }
})

test('selectCopyRange: unlike a read it may not reach past the end', () => {
  assert.deepEqual(selectCopyRange({ first: 1, last: 4 }, 5), { first: 1, last: 4 })
  assert.throws(() => selectCopyRange({ first: 0, last: 5 }, 5), { code: 'InvalidRange', message: /size: 5/ })
  assert.throws(() => selectCopyRange({ first: 0, last: 0 }, 0), { code: 'InvalidRange' })
})
