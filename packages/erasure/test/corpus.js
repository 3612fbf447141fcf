export const corpusFolder = new URL('corpus/', import.meta.url)
/** Every profile up to 32 chunks that Ceph accepts. */
export function* matrixProfiles() {
  for (let k = 2; k <= 31; k += 1) {
    for (let m = 1; k + m <= 32; m += 1) {
      yield { technique: 'cauchy', k, m }
      if (m <= 3 || (m === 4 && k <= 21)) yield { technique: 'reed_sol_van', k, m }
    }
  }
}
/** Stripe unit that shows a matrix of up to 32 columns: Ceph takes multiples of 32 only. */
export const matrixUnitBytes = 32
/** Data whose coding chunks are the coding matrix: data chunk j is all zeros but for a 1 in its byte j. */
export function matrixProbe(k) {
  const bytes = new Uint8Array(k * matrixUnitBytes)
  for (let data = 0; data < k; data += 1) bytes[data * matrixUnitBytes + data] = 1
  return bytes
}
/** Shapes of the recorded chunks: usual profiles, and units and sizes that end in the middle of things. */
export const chunkCases = [
  [2, 1, 32, 100],
  [2, 2, 32, 64],
  [3, 2, 64, 191],
  [4, 2, 32, 1],
  [4, 2, 4096, 100_000],
  [5, 3, 96, 1000],
  [6, 3, 4096, 24_577],
  [7, 4, 32, 449],
  [8, 3, 32, 500],
  [8, 3, 65_536, 1_300_000],
  [8, 4, 1024, 8192],
  [10, 4, 64, 3000],
  [16, 3, 16_384, 262_145],
  [21, 4, 32, 700],
]
