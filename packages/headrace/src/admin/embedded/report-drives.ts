import { worstFigures } from '../../store/embedded/drive/drive-figures.ts'
import type { MapDevice } from '../../store/embedded/placement/store-map.ts'
import type { DriveStatus } from '../store-reports.ts'
import type { AdminContext } from './admin-context.ts'
import { idealBytes } from './ideal-bytes.ts'

/** Every drive of the map: what it holds, and how it does as the process sees it that sees it worst. */
export async function reportDrives({ parts, surveys, spaces }: AdminContext): Promise<{ drives: DriveStatus[] }> {
  const { store, ownFigures, gatewayFigures, reasonOf } = parts
  const placement = store.maps.current
  const { map } = placement
  const [survey, gateways, space] = await Promise.all([
    surveys.recent(),
    gatewayFigures(),
    Promise.all(map.devices.map(({ id, isUp }) => (isUp ? spaces.of(id) : spaces.last(id)))),
  ])
  const figures = worstFigures([ownFigures(), ...gateways])
  const ideal = idealBytes(placement, survey.poolBytes)
  const drives = map.devices.map((device, index): DriveStatus => {
    const { id, uuid, path, host, rack = null, deviceClass, membership, isUp } = device
    const { freeBytes = 0, totalBytes = device.capacityBytes } = space[index] ?? {}
    const { isSlow = false, readP95Ms = 0, writeP95Ms = 0, errors = 0 } = figures.get(id) ?? {}
    const { chunks, bytes: usedBytes } = survey.held.get(id) ?? { chunks: 0, bytes: 0 }
    const idealOfDrive = ideal.get(id) ?? 0
    return {
      ...{ id, uuid, path, host, rack, deviceClass, membership },
      state: isUp ? 'up' : 'down',
      reason: whyNotWell(device, reasonOf(id)),
      sinceMs: device.downSinceMs ?? null,
      isIndexDrive: map.indexDevices.includes(id),
      capacityBytes: totalBytes,
      ...{ freeBytes, usedBytes, chunks },
      shareOfIdeal: idealOfDrive > 0 ? usedBytes / idealOfDrive : null,
      ...{ isSlow: isSlow && isUp, readP95Ms, writeP95Ms, errors },
    }
  })
  return { drives }
}

function whyNotWell({ isUp, membership }: MapDevice, reason: string | undefined): string {
  const reasons = [
    isUp ? undefined : (reason ?? 'it does not answer'),
    membership === 'leaving' ? 'it is being taken away: its chunks go to the others' : undefined,
    membership === 'out' ? 'it was down for too long: its chunks are made anew on the others' : undefined,
  ]
  return reasons.filter((each) => each !== undefined).join('; ')
}
