import type { Random } from '../../core/runtime.ts'

/**
 * A sample of a stream whose length nobody knows: each item has the same chance to be in it. The next item that comes in
 * is drawn ahead (algorithm L of Li, 1994), so that those between cost nothing.
 */
export class Reservoir<T> {
  readonly items: T[] = []
  readonly #size: number
  readonly #random: Pick<Random, 'next'>
  #seen = 0
  #threshold = 1
  #next: number

  constructor(size: number, random: Pick<Random, 'next'>) {
    this.#size = size
    this.#random = random
    this.#next = size
    this.#skip()
  }

  /** Items that were offered. */
  get seen(): number {
    return this.#seen
  }

  /** @param make called when the item comes in */
  offer(make: () => T): void {
    const place = this.#seen
    this.#seen += 1
    if (place < this.#size) {
      this.items.push(make())
    } else if (place === this.#next) {
      this.items[Math.floor(this.#random.next() * this.#size)] = make()
      this.#next += 1
      this.#skip()
    }
  }

  #skip(): void {
    this.#threshold *= this.#chance() ** (1 / this.#size)
    this.#next += Math.floor(Math.log(this.#chance()) / Math.log1p(-this.#threshold))
  }

  /** Above 0, up to 1. */
  #chance(): number {
    return 1 - this.#random.next()
  }
}
