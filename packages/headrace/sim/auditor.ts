import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'

/** What an object holds, by the hash of its bytes; undefined when there is none. */
export type Content = string | undefined

export function contentOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

interface Write {
  readonly key: string
  readonly content: Content
  readonly begin: number
  /** When its outcome became known, or could not become anything else any more. */
  end: number
  acknowledged: boolean
}

/**
 * Knows every write, and what may be read because of it. A read may find a write that had begun before the read ended,
 * unless another write that began after it was acknowledged before the read began. Whether a write happened whose answer
 * was lost in a power cut, nobody knows: it may be found or not.
 */
export class Auditor {
  readonly #writes = new Map<string, Write[]>()
  #time = 0
  acknowledged = 0
  reads = 0

  begin(key: string, content: Content): Write {
    const write = { key, content, begin: this.#tick(), end: Number.POSITIVE_INFINITY, acknowledged: false }
    this.#of(key).push(write)
    return write
  }

  acknowledge(write: Write): void {
    write.end = this.#tick()
    write.acknowledged = true
    this.acknowledged += 1
  }

  /** It is known that nothing happened. */
  refuse(write: Write): void {
    const writes = this.#of(write.key)
    writes.splice(writes.indexOf(write), 1)
  }

  /** The power was cut: whatever was under way has happened by now, or never will. */
  powerCut(): void {
    const now = this.#tick()
    for (const writes of this.#writes.values()) {
      for (const write of writes) write.end = Math.min(write.end, now)
    }
  }

  /** @returns to be called with what the read found, when it is over */
  beginRead(key: string): (found: Content) => void {
    const begin = this.#tick()
    return (found) => {
      this.reads += 1
      const end = this.#tick()
      const allowed = this.#allowed(key, begin, end)
      const shown = (content: Content) => content?.slice(0, 8) ?? 'nothing'
      assert.ok(allowed.has(found), `${key} holds ${shown(found)}; allowed: ${[...allowed].map(shown).join(', ')}`)
    }
  }

  keys(): string[] {
    return [...this.#writes.keys()]
  }

  #allowed(key: string, readBegin: number, readEnd: number): Set<Content> {
    const writes = this.#of(key)
    const superseding = writes.filter((write) => write.acknowledged && write.end < readBegin)
    const candidates = writes.filter(
      (write) => write.begin < readEnd && !superseding.some((other) => other.begin > write.end),
    )
    return new Set(candidates.map((write) => write.content))
  }

  #of(key: string): Write[] {
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
