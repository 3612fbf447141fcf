/** Memory that is handed out in order: who asks for much is not overtaken for ever by those who ask for little. */
export class MemoryQueue {
  readonly #totalBytes: number
  #leftBytes: number
  readonly #waiting: { readonly bytes: number; readonly resolve: () => void }[] = []

  constructor(bytes: number) {
    this.#totalBytes = bytes
    this.#leftBytes = bytes
  }

  /** Resolves when there is so much; more than there is at all is taken as all. @returns gives it back */
  async take(wantedBytes: number): Promise<() => void> {
    const bytes = Math.min(wantedBytes, this.#totalBytes)
    if (this.#waiting.length > 0 || bytes > this.#leftBytes) {
      await new Promise<void>((resolve) => this.#waiting.push({ bytes, resolve }))
    } else {
      this.#leftBytes -= bytes
    }
    return () => {
      this.#leftBytes += bytes
      this.#admit()
    }
  }

  #admit(): void {
    for (let next = this.#waiting[0]; next !== undefined && next.bytes <= this.#leftBytes; next = this.#waiting[0]) {
      this.#waiting.shift()
      this.#leftBytes -= next.bytes
      next.resolve()
    }
  }
}
