/** Bytes that look random and are always the same for one seed (a linear congruential generator, upper bits). */
export declare function sampleBytes(sizeBytes: number, seed?: number): Uint8Array
/** k chunks of `sizeBytes` that differ from each other. */
export declare function sampleChunks(count: number, sizeBytes: number, seed?: number): Uint8Array[]
/** All ways to choose `count` of the numbers 0 … `total` − 1, each in ascending order. */
export declare function choices(total: number, count: number, from?: number): Generator<number[]>
