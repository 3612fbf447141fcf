/** @param sorted from the smallest @returns undefined when there are none */
export function quantile(sorted: ArrayLike<number>, share: number): number | undefined {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]
}

/** Of an even number, the higher of the two in the middle: whoever is compared with it has the benefit of the doubt. */
export function median(figures: readonly number[]): number | undefined {
  return [...figures].sort((a, b) => a - b)[Math.floor(figures.length / 2)]
}
