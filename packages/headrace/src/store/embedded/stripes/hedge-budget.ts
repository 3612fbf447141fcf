/** Reads that may be sent in addition to each that is needed. */
const share = 0.05
/** Reads that were saved up: what may be sent at once when a drive begins to hang. */
const savedMax = 20

/**
 * Says how often a read that is late may be hedged, so that hedges never become the load that makes reads late: one for
 * each twenty reads, of which some can be saved up.
 */
export class HedgeBudget {
  #saved = savedMax

  /** Reads were sent that were needed. */
  earn(reads: number): void {
    this.#saved = Math.min(savedMax, this.#saved + reads * share)
  }

  /** @returns whether so many more may be sent: all of them, or none */
  spend(reads: number): boolean {
    // Twenty times a twentieth is a little less than one.
    if (this.#saved + 1e-6 < reads) return false
    this.#saved -= reads
    return true
  }
}
