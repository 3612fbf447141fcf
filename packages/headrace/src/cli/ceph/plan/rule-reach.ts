import { bucketOf, CrushError, type CrushMap, type CrushRule } from '@headrace/crush'

/** What a rule can choose among: the devices below what it takes, and which crush bucket of a type each is in. */
export class RuleReach {
  readonly #map: CrushMap
  readonly #rule: CrushRule
  readonly #below = new Map<number, ReadonlySet<number>>()
  readonly #domains = new Map<number, ReadonlyMap<number, number>>()
  /** Weights (16.16) of the devices that the rule reaches, by id. */
  readonly weights: ReadonlyMap<number, number>

  constructor(map: CrushMap, ruleId: number) {
    const rule = map.rules.find(({ id }) => id === ruleId)
    if (rule === undefined) throw new CrushError(`rule ${ruleId}`, 'the map has no such rule')
    this.#map = map
    this.#rule = rule
    const weights = new Map<number, number>()
    for (const taken of this.#taken()) this.#weigh(taken, weights)
    this.weights = weights
  }

  /**
   * Whether a set of devices is one that the rule could have chosen as far as Ceph's monitors check: no two devices in
   * one failure domain, no more domains than the rule chooses, all below what it takes.
   */
  allows(set: readonly number[], size: number): boolean {
    let taken = 0
    let cursor = 0
    const counts = new Map<number, number>()
    for (const step of this.#rule.steps) {
      if (step.op === 'take') taken = step.item
      else if (step.op === 'emit') {
        const chosen = [...counts.values()].reduce((product, count) => product * count, 1)
        const emitted = set.slice(cursor, cursor + Math.max(0, chosen))
        if (taken < 0 && emitted.some((device) => !this.#devicesBelow(taken).has(device))) return false
        if (taken < 0) cursor += emitted.length
        counts.clear()
        taken = 0
      } else if ('count' in step) {
        const count = step.count > 0 ? step.count : step.count + size
        if (!counts.has(step.type)) counts.set(step.type, count)
        if (step.type > 0 && !this.#keepsApart(set, step.type, step.op.startsWith('chooseleaf') ? undefined : count))
          return false
      }
    }
    return true
  }

  /** @param domainsMax undefined where each domain may have one device only */
  #keepsApart(set: readonly number[], type: number, domainsMax: number | undefined): boolean {
    const domainOf = this.#domainsOf(type)
    const inDomains = new Set(set.filter((device) => domainOf.has(device)))
    const domains = new Set([...inDomains].map((device) => domainOf.get(device)))
    return domainsMax === undefined ? domains.size === inDomains.size : domains.size <= domainsMax
  }

  /** The crush bucket of a type that each device is in, by device. */
  #domainsOf(type: number): ReadonlyMap<number, number> {
    const known = this.#domains.get(type)
    if (known !== undefined) return known
    const domains = new Map<number, number>()
    const search = (id: number) => {
      if (id >= 0) return
      const bucket = bucketOf(this.#map, id)
      if (bucket.type > type) for (const item of bucket.items) search(item.id)
      else if (bucket.type === type)
        for (const device of this.#devicesBelow(id)) if (!domains.has(device)) domains.set(device, id)
    }
    for (const taken of this.#taken()) search(taken)
    this.#domains.set(type, domains)
    return domains
  }

  #devicesBelow(id: number): ReadonlySet<number> {
    if (id >= 0) return new Set([id])
    const known = this.#below.get(id)
    if (known !== undefined) return known
    const devices = new Set(bucketOf(this.#map, id).items.flatMap((item) => [...this.#devicesBelow(item.id)]))
    this.#below.set(id, devices)
    return devices
  }

  #weigh(id: number, weights: Map<number, number>): void {
    if (id >= 0) return void weights.set(id, 1)
    for (const item of bucketOf(this.#map, id).items) {
      if (item.id < 0) this.#weigh(item.id, weights)
      else weights.set(item.id, (weights.get(item.id) ?? 0) + item.weight)
    }
  }

  #taken(): number[] {
    return this.#rule.steps.flatMap((step) => (step.op === 'take' ? [step.item] : []))
  }
}
