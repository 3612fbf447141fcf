import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sample, WriteScene } from '../../../../test/support/write-scene.ts'
import type { ChunkLocation } from '../format/data-row.ts'
import { blockBytes } from './pool.ts'

const kibibyte = 1024
const mebibyte = 1024 * kibibyte

const profiles = [
  { k: 1, m: 0 },
  { k: 1, m: 1 },
  { k: 1, m: 2 },
  { k: 2, m: 2 },
  { k: 4, m: 2 },
  { k: 8, m: 3 },
]

/** Sizes at which something changes: where data goes, how many units, stripes and windows it has. */
function sizesOf(k: number): number[] {
  const borders = [
    16 * kibibyte,
    128 * kibibyte,
    2 * blockBytes * k,
    3 * blockBytes * k + blockBytes,
    mebibyte,
    2 * mebibyte,
    Math.min(k, 4) * mebibyte,
  ]
  const around = borders.flatMap((border) => [border - 1, border, border + 1])
  return [...new Set([0, 1, ...around, 5 * mebibyte + 12_345])].sort((a, b) => a - b)
}

/** Kinds of the chunks, in order; each once when they are all of one. */
function kindsOf(chunks: 'inline' | readonly ChunkLocation[]): string[] {
  if (chunks === 'inline') return ['inline']
  return [...new Set(chunks.map(({ kind }) => kind))]
}

function kindFor(k: number, sizeBytes: number): string {
  if (sizeBytes <= 16 * kibibyte) return 'inline'
  return sizeBytes <= Math.min(k, 4) * mebibyte ? 'segment' : 'file'
}

for (const { k, m } of profiles) {
  test(`writeData: ${k}+${m}, data of every size comes back from its first chunks and from its last`, async () => {
    const scene = new WriteScene({ k, m })
    for (const sizeBytes of sizesOf(k)) {
      for (const sizeKnown of [true, false]) {
        const bytes = sample(sizeBytes)
        const data = await scene.write(bytes, { sizeKnown, pieceBytes: 65_521 })
        const what = `${sizeBytes} bytes, ${sizeKnown ? 'announced' : 'not announced'}`
        assert.equal(data.row.lengthBytes, sizeBytes)
        assert.deepEqual(kindsOf(data.row.chunks), [kindFor(k, sizeBytes)], what)
        assert.equal(data.row.pool, (sizeBytes <= 128 * kibibyte ? scene.small : scene.large).id, what)
        if (data.row.chunks !== 'inline') assert.equal(data.row.chunks.length, (data.row.pool === 1 ? 1 : k) + m, what)
        await scene.requireContent(data, bytes)
        await scene.finish(data.discard())
        assert.deepEqual(scene.chunkFiles(), [], what)
      }
    }
    assert.equal(scene.spans.inUse, 0)
    assert.deepEqual(scene.troubles, [])
  })
}

test('writeData: is durable when it is over', async () => {
  const scene = new WriteScene({ k: 4, m: 2 })
  for (const sizeBytes of [100_000, 3 * mebibyte, 5 * mebibyte]) {
    const bytes = sample(sizeBytes)
    const data = await scene.write(bytes)
    scene.cutPower()
    await scene.requireContent(data, bytes)
  }
})

test('writeData: memory does not grow with the data', async () => {
  for (const [k, m] of [
    [1, 0],
    [4, 2],
  ] as const) {
    const scene = new WriteScene({ k, m })
    const data = await scene.write(sample(16 * mebibyte))
    assert.deepEqual(kindsOf(data.row.chunks), ['file'])
    // A window that is filled, one that is written, and one that is about to follow it.
    assert.ok(scene.spans.most <= (3 * 16 * (k + m)) / k, String(scene.spans.most))
    assert.equal(scene.spans.inUse, 0)
  }
})

test('writeData: without memory for gathering, what is more than a window goes to files at once', async () => {
  const scene = new WriteScene({ k: 4, m: 2, budgetBytes: 4 * mebibyte })
  const bytes = sample(3 * mebibyte)
  const one = await scene.write(bytes)
  assert.deepEqual(kindsOf(one.row.chunks), ['segment'], 'this fits into the budget')
  const poor = new WriteScene({ k: 4, m: 2, budgetBytes: mebibyte })
  for (const sizeKnown of [true, false]) {
    const data = await poor.write(bytes, { sizeKnown })
    assert.deepEqual(kindsOf(data.row.chunks), ['file'])
    await poor.requireContent(data, bytes)
    const small = await poor.write(bytes.subarray(0, mebibyte), { sizeKnown })
    assert.deepEqual(kindsOf(small.row.chunks), ['segment'])
  }
})

test('writeData: what is gathered is given back to the budget, whatever happens', async () => {
  const scene = new WriteScene({ k: 4, m: 2, budgetBytes: 4.5 * mebibyte })
  const bytes = sample(4 * mebibyte)
  for (let time = 0; time < 3; time += 1) {
    const data = await scene.write(bytes, { sizeKnown: false })
    assert.deepEqual(kindsOf(data.row.chunks), ['segment'])
    const broken = scene.write(bytes, { sizeKnown: false, fails: new Error('cut off') })
    await assert.rejects(broken, /cut off/)
  }
})

test('writeData: a body that breaks off leaves nothing', async () => {
  const scene = new WriteScene({ k: 2, m: 2 })
  for (const sizeBytes of [0, 1, 100_000, 300_000, mebibyte, 2 * mebibyte, 3 * mebibyte + 1, 8 * mebibyte]) {
    for (const sizeKnown of [true, false]) {
      const broken = scene.write(sample(sizeBytes), { sizeKnown, fails: new Error('cut off') })
      await assert.rejects(broken, /cut off/)
      assert.deepEqual(scene.chunkFiles(), [])
      assert.equal(scene.spans.inUse, 0)
    }
  }
  assert.deepEqual(scene.troubles, [], 'it was not the fault of a drive')
})

test('settle: segments are sealed when all of their records are settled or taken back', async () => {
  const scene = new WriteScene({ k: 2, m: 2 })
  const first = await scene.write(sample(200_000))
  const second = await scene.write(sample(300_000))
  await scene.finish(scene.options.segments.close())
  assert.deepEqual(scene.sealed, [])
  first.settle()
  await scene.finish(second.discard())
  assert.deepEqual(scene.sealed.map(({ device }) => device).sort(), [0, 1, 2, 3])
})
