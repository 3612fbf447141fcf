import type { Settings } from '../config/settings.ts'
import { defaultReserve, type SpaceReserve } from '../store/embedded/gateway/space-guard.ts'

/** The space that writes leave free. Bytes that an operator has set stand alone. */
export function reserveOf({ reserveBytes }: Settings): SpaceReserve {
  return reserveBytes === undefined ? defaultReserve : { reserveBytes, reserveShare: 0 }
}
