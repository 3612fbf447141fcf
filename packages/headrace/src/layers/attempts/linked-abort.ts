/** A signal of one's own that is aborted with another, until it is unlinked. */
export class LinkedAbort {
  readonly #own = new AbortController()
  readonly #outer: AbortSignal
  readonly #follow = () => this.#own.abort(this.#outer.reason)

  constructor(outer: AbortSignal) {
    this.#outer = outer
    if (outer.aborted) this.#follow()
    else outer.addEventListener('abort', this.#follow, { once: true })
  }

  get signal(): AbortSignal {
    return this.#own.signal
  }

  /** Aborts this one alone. */
  abort(reason: Error): void {
    this.unlink()
    this.#own.abort(reason)
  }

  /** The other signal may live long: it is to know nothing of what is over. */
  unlink(): void {
    this.#outer.removeEventListener('abort', this.#follow)
  }
}
