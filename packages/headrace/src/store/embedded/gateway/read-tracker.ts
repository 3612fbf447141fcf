/**
 * Knows which reads are under way, by the commit that was the newest when they began. What was thrown away after that
 * commit must stay on its drive until they are over.
 */
export class ReadTracker {
  /** Beginning of each read under way; a Map keeps them in the order in which they began. */
  readonly #underWay = new Map<symbol, number>()
  #knownSeq = 0

  /** The newest commit that is known; reads that begin from now on see it, and perhaps later ones. */
  advance(seq: number): void {
    this.#knownSeq = Math.max(this.#knownSeq, seq)
  }

  /** @returns to be called when the read is over */
  begin(): () => void {
    const token = Symbol()
    this.#underWay.set(token, this.#knownSeq)
    return () => this.#underWay.delete(token)
  }

  /** Every read that is under way, or will ever begin, sees this commit. */
  oldestSeq(): number {
    for (const seq of this.#underWay.values()) return seq
    return this.#knownSeq
  }
}
