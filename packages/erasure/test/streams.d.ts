import { type ChunkSource, type Code } from '../src/index.ts'
/** Cuts bytes into pieces of the given sizes, again and again from the first; also as one that arrives piece by piece. */
export declare function inPieces(
  bytes: Uint8Array,
  sizes: readonly number[],
): AsyncGenerator<Uint8Array, void, undefined>
/** All chunks of an object with their padding. */
export declare function encodeWhole(code: Code, bytes: Uint8Array, unitBytes: number): Promise<Buffer[]>
/** Everything that a stream gives, copied as it comes. */
export declare function collect(pieces: AsyncIterable<Uint8Array>): Promise<Buffer>
/** Sources over chunks that are in memory, without those that are undefined. */
export declare function sourcesOf(chunks: readonly (Uint8Array | undefined)[], sizes?: readonly number[]): ChunkSource[]
