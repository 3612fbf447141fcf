import type { Technique } from '../src/index.ts'
export declare const cephTool = 'ceph-erasure-code-tool'
export interface Shape {
  readonly technique: Technique
  readonly k: number
  readonly m: number
  readonly unitBytes: number
}
/** All k + m chunks of some bytes, by Ceph. */
export declare function cephEncode({ technique, k, m, unitBytes }: Shape, bytes: Uint8Array): Buffer[]
/** The bytes, with their padding, that Ceph decodes from some chunks. */
export declare function cephDecode(
  { technique, k, m, unitBytes }: Shape,
  chunks: ReadonlyMap<number, Uint8Array>,
): Buffer
/** A profile as Ceph writes it. */
export declare function profileText({ technique, k, m }: Omit<Shape, 'unitBytes'>): string
