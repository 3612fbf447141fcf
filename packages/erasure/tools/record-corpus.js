// `node tools/record-corpus.ts`: records from Ceph's ceph-erasure-code-tool what the tests compare with, into test/corpus.
// Run it again only to add cases: what is there must never change.
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { cephEncode } from '../test/ceph-tool.js'
import { chunkCases, corpusFolder, matrixProbe, matrixProfiles, matrixUnitBytes } from '../test/corpus.js'
import { sampleBytes } from '../test/sample.js'

const inlineBytesMax = 256
/** One line for each profile: technique, k, m, and the coding matrix row by row in base64. */
function recordMatrices() {
  return Array.from(matrixProfiles(), ({ technique, k, m }) => {
    const chunks = cephEncode({ technique, k, m, unitBytes: matrixUnitBytes }, matrixProbe(k))
    const matrix = Buffer.concat(chunks.slice(k).map((chunk) => chunk.subarray(0, k)))
    return `${technique} ${k} ${m} ${matrix.toString('base64')}`
  })
}
function recordChunks(technique) {
  return chunkCases.map(([k, m, unitBytes, sizeBytes]) => {
    const shape = { technique, k, m, unitBytes }
    const chunks = cephEncode(shape, sampleBytes(sizeBytes))
    const sha256 = chunks.map((chunk) => createHash('sha256').update(chunk).digest('hex'))
    const isSmall = chunks[0].length <= inlineBytesMax
    const coding = isSmall ? { coding: chunks.slice(k).map((chunk) => chunk.toString('base64')) } : {}
    return { ...shape, sizeBytes, ...coding, sha256 }
  })
}
const recorded = [...recordChunks('cauchy'), ...recordChunks('reed_sol_van')]
writeFileSync(new URL('matrices.txt', corpusFolder), `${recordMatrices().join('\n')}\n`)
writeFileSync(new URL('chunks.json', corpusFolder), `[\n${recorded.map((one) => JSON.stringify(one)).join(',\n')}\n]\n`)
