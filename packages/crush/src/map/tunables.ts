/** Numbers that steer every rule of a map. Changing one moves data. */
export interface Tunables {
  /** Retries in the same crush bucket after a collision; 0 since bobtail. */
  readonly chooseLocalTries: number
  /** Retries by permutation in the same crush bucket; 0 since bobtail. */
  readonly chooseLocalFallbackTries: number
  /** Retries from the top for each position. */
  readonly chooseTotalTries: number
  /** 1: chooseleaf tries its inner search once, and a failure counts as one of the outer tries. */
  readonly chooseleafDescendOnce: number
  /** 0: the inner search starts equal for all outer tries; n: it starts from the outer try shifted right by n − 1. */
  readonly chooseleafVaryR: number
  /** 1: the inner search does not depend on the position, so losing a device moves less. */
  readonly chooseleafStable: number
  /** 0 or 1: how straw lengths are computed from weights (straw crush buckets only). */
  readonly strawCalcVersion: number
  /** Bit n allows the algorithm of number n in Ceph's tools; placing ignores it. */
  readonly allowedBucketAlgorithms: number
}

function profile(tries: readonly [number, number, number, number, number, number], straw: number, allowed: number) {
  const [local, fallback, total, descendOnce, varyR, stable] = tries
  return {
    chooseLocalTries: local,
    chooseLocalFallbackTries: fallback,
    chooseTotalTries: total,
    chooseleafDescendOnce: descendOnce,
    chooseleafVaryR: varyR,
    chooseleafStable: stable,
    strawCalcVersion: straw,
    allowedBucketAlgorithms: allowed,
  }
}

const beforeStraw2 = 0b10110
const withStraw2 = 0b110110

/** Ceph's named profiles. A text map starts from argonaut; new maps should use jewel, which is today's optimum. */
export const tunableProfiles = {
  argonaut: profile([2, 5, 19, 0, 0, 0], 0, beforeStraw2),
  bobtail: profile([0, 0, 50, 1, 0, 0], 0, beforeStraw2),
  firefly: profile([0, 0, 50, 1, 1, 0], 0, beforeStraw2),
  hammer: profile([0, 0, 50, 1, 1, 0], 0, withStraw2),
  jewel: profile([0, 0, 50, 1, 1, 1], 0, withStraw2),
} as const satisfies Record<string, Tunables>

/** Each tunable's name in the text form and in JSON, in the order in which they are written. */
export const tunableNames = {
  choose_local_tries: 'chooseLocalTries',
  choose_local_fallback_tries: 'chooseLocalFallbackTries',
  choose_total_tries: 'chooseTotalTries',
  chooseleaf_descend_once: 'chooseleafDescendOnce',
  chooseleaf_vary_r: 'chooseleafVaryR',
  chooseleaf_stable: 'chooseleafStable',
  straw_calc_version: 'strawCalcVersion',
  allowed_bucket_algs: 'allowedBucketAlgorithms',
} as const satisfies Record<string, keyof Tunables>
