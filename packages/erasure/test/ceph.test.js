import assert from 'node:assert/strict'
import { createCode, decodeStream } from '../src/index.js'
import { cephDecode, cephEncode, cephTool } from './ceph-tool.js'
import { testWith } from './needs.js'
import { sampleBytes } from './sample.js'
import { collect, encodeWhole, sourcesOf } from './streams.js'

const shapes = [
  { technique: 'cauchy', k: 4, m: 2, unitBytes: 4096, sizeBytes: 123_456, lost: [1, 4] },
  { technique: 'cauchy', k: 8, m: 3, unitBytes: 8192, sizeBytes: 700_001, lost: [0, 3, 7] },
  { technique: 'cauchy', k: 6, m: 5, unitBytes: 160, sizeBytes: 3000, lost: [0, 1, 2, 5, 9] },
  { technique: 'reed_sol_van', k: 5, m: 1, unitBytes: 32, sizeBytes: 159, lost: [4] },
  { technique: 'reed_sol_van', k: 8, m: 3, unitBytes: 4096, sizeBytes: 40_000, lost: [2, 5, 8] },
  { technique: 'reed_sol_van', k: 12, m: 4, unitBytes: 96, sizeBytes: 9999, lost: [0, 10, 12, 15] },
]
for (const shape of shapes) {
  const { technique, k, m, unitBytes, sizeBytes, lost } = shape
  testWith(cephTool, 'ceph-osd', `ceph: reads our chunks and we read its, ${technique} ${k} + ${m}`, async () => {
    const code = createCode(shape)
    const object = sampleBytes(sizeBytes, sizeBytes)
    const ours = await encodeWhole(code, object, unitBytes)
    const theirs = cephEncode(shape, object)
    for (const [index, chunk] of theirs.entries()) assert.ok(chunk.equals(ours[index]), `chunk ${index}`)
    const isLost = (index) => lost.some((one) => one === index)
    const left = new Map([...ours.entries()].filter(([index]) => !isLost(index)))
    const decoded = cephDecode(shape, left)
    assert.ok(decoded.subarray(0, sizeBytes).equals(object))
    const sources = sourcesOf(theirs.map((chunk, index) => (isLost(index) ? undefined : chunk)))
    assert.ok((await collect(decodeStream(code, sources, { unitBytes, sizeBytes: decoded.length }))).equals(decoded))
  })
}
