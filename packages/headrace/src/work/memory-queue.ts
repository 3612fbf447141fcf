export interface HeldMemory {
  /** Gives back what is more than this. */
  keep(bytes: number): void
  give(): void
}

/** Memory that is handed out in order: who asks for much is not overtaken for ever by those who ask for little. */
export class MemoryQueue {
  readonly #totalBytes: number
  #leftBytes: number
  readonly #waiting: { readonly bytes: number; readonly resolve: () => void }[] = []

  constructor(bytes: number) {
    this.#totalBytes = bytes
    this.#leftBytes = bytes
  }

  /** Resolves when there is so much; more than there is at all is taken as all. */
  async take(wantedBytes: number): Promise<HeldMemory> {
    const bytes = Math.min(wantedBytes, this.#totalBytes)
    if (this.#waiting.length > 0 || bytes > this.#leftBytes) {
      await new Promise<void>((resolve) => this.#waiting.push({ bytes, resolve }))
    } else {
      this.#leftBytes -= bytes
    }
    let heldBytes = bytes
    const keep = (keptBytes: number) => {
      const givenBytes = Math.max(0, heldBytes - keptBytes)
      heldBytes -= givenBytes
      this.#leftBytes += givenBytes
      this.#admit()
    }
    return { keep, give: () => keep(0) }
  }

  #admit(): void {
    for (let next = this.#waiting[0]; next !== undefined && next.bytes <= this.#leftBytes; next = this.#waiting[0]) {
      this.#waiting.shift()
      this.#leftBytes -= next.bytes
      next.resolve()
    }
  }
}
