import { hash2 } from '../hash/rjenkins.ts'
import type { Call } from './compiled-map.ts'

/**
 * Whether a device is passed over for this x: never at a reweight of 1.0 or more, always at 0 or beyond the list of
 * reweights, and in between for that share of all x that the reweight lacks.
 */
export function isOut(call: Call, device: number): boolean {
  const { deviceWeights, x } = call
  const weight = device < deviceWeights.length ? deviceWeights[device]! : 0
  if (weight >= 0x10000) return false
  return weight === 0 || (hash2(x, device) & 0xffff) >= weight
}
