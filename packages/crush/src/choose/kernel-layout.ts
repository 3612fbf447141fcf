// How the straw2 kernel's memory is laid out: the logarithm's tables first, then the map's straw2 buckets.

/** Items are drawn four at a time: ids and weights are padded to a multiple of this with items of weight 0. */
export const lanes = 4

/** Size of the high table in bytes: 129 pairs of 64-bit integers at address 0. The low table follows. */
export const highTableBytes = 129 * 16

/** Where buckets start: after the low table of 256 64-bit integers, on a 16-byte boundary. */
export const bucketsStart = highTableBytes + 256 * 8
