import type { Cancel } from '../../../core/runtime.ts'
import { type MapSource, Placement } from './placement.ts'
import type { StoreMap } from './store-map.ts'

/** A map that another process makes, as this one holds it. */
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
    this.#current = new Placement(map, this.#current)
    for (const listener of this.#listeners) listener(this.#current)
  }
}
