/** Bytes that one turn of the loop handles; callers round up to a multiple of it. */
export declare const stepBytes = 32
/** Most targets that are computed in one pass over the sources: more would not fit 16 SIMD registers. */
export declare const targetsPerPass = 4
/** WAT text of the whole module; it imports its memory as `env.memory` and exports `combine1` … `combine4`. */
export declare function kernelWat(): string
