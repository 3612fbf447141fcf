import type { Technique } from '../src/index.ts'
import type { Shape } from './ceph-tool.ts'
/** The chunks of `sampleBytes(sizeBytes)` by Ceph. */
export interface RecordedChunks extends Shape {
  readonly sizeBytes: number
  /** SHA-256 of each of the k + m chunks, in hexadecimal. */
  readonly sha256: readonly string[]
  /** The coding chunks in base64, where they are small. */
  readonly coding?: readonly string[]
}
export declare const corpusFolder: import('node:url').URL
/** Every profile up to 32 chunks that Ceph accepts. */
export declare function matrixProfiles(): Generator<{
  technique: Technique
  k: number
  m: number
}>
/** Stripe unit that shows a matrix of up to 32 columns: Ceph takes multiples of 32 only. */
export declare const matrixUnitBytes = 32
/** Data whose coding chunks are the coding matrix: data chunk j is all zeros but for a 1 in its byte j. */
export declare function matrixProbe(k: number): Uint8Array
/** Shapes of the recorded chunks: usual profiles, and units and sizes that end in the middle of things. */
export declare const chunkCases: readonly (readonly [k: number, m: number, unitBytes: number, sizeBytes: number])[]
