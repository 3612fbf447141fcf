import type { Cancel } from '../../../core/runtime.ts'
import { type NamedOrigin, type OriginInput, originOf } from './origin.ts'

export interface DiscoveryListener {
  /**
   * Called with all upstreams, at once or when they become known, and again whenever they are others. It is never called
   * with none: what was known stays.
   */
  changed(origins: readonly NamedOrigin[]): void
  /** They could not be found out, this time. */
  failed(error: unknown): void
}

/** Tells a group of its upstreams. */
export interface Discovery {
  watch(listener: DiscoveryListener): Cancel
}

/** @throws Error when a URL is wrong, two upstreams have one name, or there are none */
export function listedUpstreams(inputs: readonly OriginInput[]): Discovery {
  const origins = inputs.map(originOf)
  if (origins.length === 0) throw new Error('a group needs an upstream: name the URL of one')
  for (const [index, { name }] of origins.entries()) {
    if (origins.findIndex((other) => other.name === name) !== index) {
      throw new Error(`upstream ${name} is there twice: take one away, or give it another name`)
    }
  }
  return {
    watch({ changed }) {
      changed(origins)
      return () => {}
    },
  }
}
