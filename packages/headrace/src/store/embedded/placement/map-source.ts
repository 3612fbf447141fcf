import type { Cancel } from '../../../core/runtime.ts'
import { Placement } from './placement.ts'
import type { StoreMap } from './store-map.ts'

/** The map in use, and word of every new one. */
export interface MapSource {
  readonly current: Placement
  /** @returns stops the listening */
  onChange(listener: (placement: Placement) => void): Cancel
}

/** A map that others make, as one process holds it. */
export class HeldMap implements MapSource {
  #current: Placement
  readonly #listeners = new Set<(placement: Placement) => void>()

  constructor(map: StoreMap) {
    this.#current = new Placement(map)
  }

  get current(): Placement {
    return this.#current
  }

  onChange(listener: (placement: Placement) => void): Cancel {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Takes a newer map; an older one, which came late, is passed over. */
  take(map: StoreMap): void {
    if (map.epoch <= this.#current.map.epoch) return
    this.#current = new Placement(map)
    for (const listener of this.#listeners) listener(this.#current)
  }
}
