/** One write of an object, or its deletion. */
export interface Write<Content> {
  readonly key: string
  readonly content: Content
  readonly begin: number
  /** When its outcome became known, or could not become anything else any more. */
  end: number
  acknowledged: boolean
}

/** A read found what may not be there, or did not find what must be. */
export class AuditError extends Error {}

export interface AuditorOptions<Content, Found> {
  readonly matches: (found: Found, content: Content) => boolean
  /** For errors. */
  readonly nameOf: (content: Content) => string
}

/**
 * Knows every write, and what may be read because of it. A read may find a write that had begun before the read ended,
 * unless another write that began after it was acknowledged before the read began. Whether a write happened whose answer
 * was lost with the process, nobody knows: it may be found or not, but it does not happen later.
 */
export class Auditor<Content, Found = Content> {
  readonly #options: AuditorOptions<Content | undefined, Found | undefined>
  readonly #writes = new Map<string, Write<Content | undefined>[]>()
  #time = 0
  acknowledged = 0
  reads = 0

  constructor(options: AuditorOptions<Content | undefined, Found | undefined>) {
    this.#options = options
  }

  /** @param content undefined for a deletion */
  begin(key: string, content: Content | undefined): Write<Content | undefined> {
    const write = { key, content, begin: this.#tick(), end: Number.POSITIVE_INFINITY, acknowledged: false }
    this.#of(key).push(write)
    return write
  }

  acknowledge(write: Write<Content | undefined>): void {
    write.end = this.#tick()
    write.acknowledged = true
    this.acknowledged += 1
  }

  /** It is known that nothing happened. */
  refuse(write: Write<Content | undefined>): void {
    const writes = this.#of(write.key)
    writes.splice(writes.indexOf(write), 1)
  }

  /** The process is gone: whatever was under way has happened by now, or never will. */
  processEnded(): void {
    const now = this.#tick()
    for (const writes of this.#writes.values()) {
      for (const write of writes) write.end = Math.min(write.end, now)
    }
  }

  /**
   * @returns to be called with what the read found, when it is over; it says which content that was. It throws an
   *   AuditError when it was none that may be there.
   */
  beginRead(key: string): (found: Found | undefined) => Content | undefined {
    const { matches, nameOf } = this.#options
    const begin = this.#tick()
    return (found) => {
      this.reads += 1
      const allowed = this.#allowed(key, begin, this.#tick())
      for (const content of allowed) if (matches(found, content)) return content
      const shown = found === undefined ? 'is not there' : 'holds other bytes'
      throw new AuditError(`${key} ${shown}; allowed: ${allowed.map(nameOf).join(' or ')}`)
    }
  }

  keys(): string[] {
    return [...this.#writes.keys()].sort()
  }

  #allowed(key: string, readBegin: number, readEnd: number): (Content | undefined)[] {
    const writes = this.#of(key)
    const superseding = writes.filter((write) => write.acknowledged && write.end < readBegin)
    return writes
      .filter((write) => write.begin < readEnd && !superseding.some((other) => other.begin > write.end))
      .map(({ content }) => content)
  }

  #of(key: string): Write<Content | undefined>[] {
    let writes = this.#writes.get(key)
    if (writes === undefined) {
      // Before the first write there is nothing.
      writes = [{ key, content: undefined, begin: 0, end: 0, acknowledged: true }]
      this.#writes.set(key, writes)
    }
    return writes
  }

  #tick(): number {
    this.#time += 1
    return this.#time
  }
}
