import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'

/** What an object holds, or that it is not there. */
export type Content = string | undefined

export function contentOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** A write from when it was sent until its outcome is known; an unknown outcome stays open. */
export interface OpenWrite {
  readonly key: string
  readonly content: Content
}

interface History {
  /** What the key may hold now: the last acknowledged, and what was written at the same time. */
  possible: Set<Content>
  readonly open: Set<OpenWrite>
}

/**
 * Knows every acknowledged write, and what may be read because of it:
 * - after an acknowledgement, that content, or that of a write that was under way at the same time;
 * - what is under way may be seen or not, and what was refused must not be.
 */
export class Auditor {
  readonly #histories = new Map<string, History>()
  acknowledged = 0
  reads = 0

  begin(key: string, content: Content): OpenWrite {
    const write = { key, content }
    this.#history(key).open.add(write)
    return write
  }

  acknowledge(write: OpenWrite): void {
    const history = this.#history(write.key)
    history.open.delete(write)
    // Others that are under way may have come before this one or may come after it.
    history.possible = new Set([write.content, ...[...history.open].map((other) => other.content)])
    for (const other of history.open) (this.#overlapped.get(other) ?? this.#overlap(other)).add(write.content)
    for (const content of this.#overlapped.get(write) ?? []) history.possible.add(content)
    this.acknowledged += 1
  }

  /** It is known that nothing happened. */
  refuse(write: OpenWrite): void {
    this.#history(write.key).open.delete(write)
  }

  /** It will never be known whether it happened: from now on both may be seen. */
  abandon(write: OpenWrite): void {
    const history = this.#history(write.key)
    history.open.delete(write)
    history.possible.add(write.content)
  }

  /** What a read that begins now may find; to be extended by `mayHaveFound` at its end. */
  beginRead(key: string): () => Set<Content> {
    const history = this.#history(key)
    const before = new Set(history.possible)
    const seenOpen = new Set(history.open)
    return () => {
      const allowed = new Set([...before, ...history.possible])
      for (const write of [...seenOpen, ...history.open]) allowed.add(write.content)
      return allowed
    }
  }

  check(key: string, found: Content, allowed: Set<Content>): void {
    this.reads += 1
    const shown = (content: Content) => content?.slice(0, 8) ?? 'nothing'
    assert.ok(allowed.has(found), `${key} holds ${shown(found)}; allowed: ${[...allowed].map(shown).join(', ')}`)
  }

  keys(): string[] {
    return [...this.#histories.keys()]
  }

  /** Contents that were acknowledged while a write was under way: if that one is acknowledged last, they may have come after it. */
  readonly #overlapped = new Map<OpenWrite, Set<Content>>()

  #overlap(write: OpenWrite): Set<Content> {
    const contents = new Set<Content>()
    this.#overlapped.set(write, contents)
    return contents
  }

  #history(key: string): History {
    let history = this.#histories.get(key)
    if (history === undefined) {
      history = { possible: new Set([undefined]), open: new Set() }
      this.#histories.set(key, history)
    }
    return history
  }
}
