import { Conflict } from './plan.ts'

/** Which mutation of a batch has what. The mutations before have the right of way. */
export class Claims<Holder extends object> {
  readonly #owners = new Map<string, Holder>()
  readonly #sharers = new Map<string, Set<Holder>>()

  claim(resource: string, holder: Holder): void {
    const owner = this.#owners.get(resource)
    const sharers = this.#sharers.get(resource)
    const isShared = sharers !== undefined && (sharers.size > 1 || !sharers.has(holder))
    if ((owner !== undefined && owner !== holder) || isShared) {
      // Those that come later must not overtake this one.
      if (owner === undefined) this.#owners.set(resource, holder)
      throw new Conflict()
    }
    this.#owners.set(resource, holder)
  }

  share(resource: string, holder: Holder): void {
    const owner = this.#owners.get(resource)
    if (owner !== undefined && owner !== holder) throw new Conflict()
    const sharers = this.#sharers.get(resource)
    if (sharers === undefined) this.#sharers.set(resource, new Set([holder]))
    else sharers.add(holder)
  }
}
