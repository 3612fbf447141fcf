import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { createCode, decodeStream } from '../src/index.js'
import { chunkCases, corpusFolder, matrixProfiles } from './corpus.js'
import { sampleBytes } from './sample.js'
import { collect, encodeWhole, sourcesOf } from './streams.js'

test('corpus: the coding matrix of every profile up to 32 chunks is the one Ceph encodes with', () => {
  const recorded = readFileSync(new URL('matrices.txt', corpusFolder), 'utf8').trimEnd().split('\n')
  const ours = Array.from(matrixProfiles(), ({ technique, k, m }) => {
    const { coefficients } = createCode({ technique, k, m }).encoding
    return `${technique} ${k} ${m} ${Buffer.from(coefficients).toString('base64')}`
  })
  assert.deepEqual(ours, recorded)
})
const recordings = JSON.parse(readFileSync(new URL('chunks.json', corpusFolder), 'utf8'))
test('corpus: holds every case for both techniques', () => {
  assert.equal(recordings.length, chunkCases.length * 2)
})
for (const { technique, k, m, unitBytes, sizeBytes, sha256, coding } of recordings) {
  test(`corpus: chunks of ${technique} ${k} + ${m}, unit ${unitBytes}, ${sizeBytes} bytes`, async () => {
    const code = createCode({ technique, k, m })
    const chunks = await encodeWhole(code, sampleBytes(sizeBytes), unitBytes)
    const base64 = chunks.slice(k).map((chunk) => chunk.toString('base64'))
    if (coding !== undefined) assert.deepEqual(base64, coding)
    assert.deepEqual(
      chunks.map((chunk) => createHash('sha256').update(chunk).digest('hex')),
      sha256,
    )
    chunks.fill(undefined, 0, Math.min(k, m))
    const decoded = await collect(decodeStream(code, sourcesOf(chunks), { unitBytes, sizeBytes }))
    assert.ok(decoded.equals(sampleBytes(sizeBytes)))
  })
}
