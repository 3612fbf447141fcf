import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { listPage, positionAfter, type Scan } from './list-page.ts'

function scanOf(names: readonly string[]): Scan<undefined> {
  const sorted = names.map((name) => Buffer.from(name)).sort(Buffer.compare)
  return (from) => sorted.filter((name) => Buffer.compare(name, from) >= 0).map((name) => ({ name, value: undefined }))
}

function page(
  names: readonly string[],
  request: { prefix?: string; delimiter?: string; startAfter?: string; maxItems?: number },
) {
  const { prefix = '', delimiter = '', startAfter = '', maxItems = 1000 } = request
  const start = positionAfter(startAfter, { prefix, delimiter })
  const { items, commonPrefixes, last } = listPage(scanOf(names), { prefix, delimiter, start, maxItems })
  return { names: items.map(({ name }) => name.toString()), commonPrefixes, last }
}

test('listPage: rolls names up at the delimiter behind the prefix', () => {
  const names = ['a', 'b/1', 'b/2', 'b!', 'c/d/e', 'c/f']
  assert.deepEqual(page(names, { delimiter: '/' }), {
    names: ['a', 'b!'],
    commonPrefixes: ['b/', 'c/'],
    last: undefined,
  })
  assert.deepEqual(page(names, { delimiter: '/', prefix: 'c/' }), {
    names: ['c/f'],
    commonPrefixes: ['c/d/'],
    last: undefined,
  })
})

test('listPage: order is that of UTF-8 bytes, not of UTF-16', () => {
  const names = ['\uffee', '\u{10000}', 'z', '\u00e9']
  assert.deepEqual(page(names, {}).names, ['z', '\u00e9', '\uffee', '\u{10000}'])
})

test('listPage: a page that ended with a common prefix goes on behind all of it', () => {
  const names = ['a/1', 'a/2', 'b', 'c/1']
  const first = page(names, { delimiter: '/', maxItems: 1 })
  assert.deepEqual(first, { names: [], commonPrefixes: ['a/'], last: 'a/' })
  assert.deepEqual(page(names, { delimiter: '/', maxItems: 1, startAfter: 'a/' }), {
    names: ['b'],
    commonPrefixes: [],
    last: 'b',
  })
  // A start inside of a common prefix is not behind it.
  assert.deepEqual(page(names, { delimiter: '/', startAfter: 'a/1' }).commonPrefixes, ['a/', 'c/'])
})

test('listPage: nothing asked is an empty page without a next one', () => {
  assert.deepEqual(page(['a', 'b'], { maxItems: 0 }), { names: [], commonPrefixes: [], last: undefined })
})

test('listPage: a full page that is the end has no next one', () => {
  assert.equal(page(['a', 'b'], { maxItems: 2 }).last, undefined)
})

test('listPage: pages put together are the whole listing', () => {
  const name = fc.string({
    unit: fc.constantFrom('a', 'b', '/', 'é', '\u{1f600}', '\uffee'),
    minLength: 1,
    maxLength: 6,
  })
  fc.assert(
    fc.property(
      fc.uniqueArray(name, { maxLength: 30 }),
      fc.constantFrom('', 'a', 'a/', '/'),
      fc.constantFrom('', '/', 'b/'),
      fc.integer({ min: 1, max: 5 }),
      (names, prefix, delimiter, maxItems) => {
        const whole = page(names, { prefix, delimiter })
        const collected = { names: [] as string[], commonPrefixes: [] as string[] }
        let startAfter: string | undefined = ''
        while (startAfter !== undefined) {
          const next: ReturnType<typeof page> = page(names, { prefix, delimiter, maxItems, startAfter })
          collected.names.push(...next.names)
          collected.commonPrefixes.push(...next.commonPrefixes)
          startAfter = next.last
        }
        assert.deepEqual(collected, { names: whole.names, commonPrefixes: whole.commonPrefixes })
        const expected = names.filter((candidate) => candidate.startsWith(prefix))
        const rolled = new Set(whole.commonPrefixes)
        for (const candidate of expected) {
          assert.ok(whole.names.includes(candidate) || [...rolled].some((p) => candidate.startsWith(p)), candidate)
        }
      },
    ),
  )
})
