import { cancelLeaving, startLeaving } from '../../store/embedded/placement/edit-map.ts'
import type { MapDevice, StoreMap } from '../../store/embedded/placement/store-map.ts'
import { AdminError } from '../admin-error.ts'
import type { StoreAdminOperations } from '../store-admin.ts'
import type { Prediction } from '../store-reports.ts'
import { type AdminContext, requireDrive } from './admin-context.ts'
import { changeMap, startMending } from './change-map.ts'
import { edited } from './edited.ts'
import { type PredictedChange, predictChange } from './predict-change.ts'
import { domainsUp, poolsInUse } from './summarize-profiles.ts'

type Removal = StoreAdminOperations['removeDrive']

/** Says what taking a drive away would move. */
export async function planRemove(context: AdminContext, drive: number): Promise<Prediction> {
  const { isUp } = requireDrive(context.parts.store.maps.current.map, drive)
  const { prediction } = await plan(context, drive)
  if (isUp) return prediction
  const { lostRows } = (await context.surveys.recent()).tally
  if (lostRows === 0) return prediction
  const warning = `${lostRows} stripes cannot be read as things are: if drive ${drive} has what they lack, bring it back`
  return { ...prediction, warnings: [...prediction.warnings, warning] }
}

/**
 * Takes a drive away: its chunks belong elsewhere from now on, and it goes off the map when it is empty. One that is down
 * is not waited for then, and what it had is made anew from the others; that takes `force`.
 */
export async function removeDrive(
  context: AdminContext,
  { drive, force }: Removal['input'],
): Promise<Removal['output']> {
  const { map } = context.parts.store.maps.current
  const device = requireDrive(map, drive)
  requireForce(device, force)
  const { prediction, tooSmall, after } = await plan(context, drive)
  if (device.membership === 'leaving') return { prediction, work: startMending(context.parts) }
  if (!force) requireEnough(device, after, tooSmall)
  const reason = `remove drive ${drive}`
  const work = await changeMap(context, { reason, prediction, edit: (now) => startLeaving(now, drive) })
  return { prediction, work }
}

export async function cancelRemove(
  context: AdminContext,
  drive: number,
): Promise<StoreAdminOperations['cancelRemove']['output']> {
  const { map: before } = context.parts.store.maps.current
  const { membership } = requireDrive(before, drive)
  if (membership !== 'leaving') throw new AdminError('Conflict', `Drive ${drive} is not leaving.`)
  const edit = (map: StoreMap) => cancelLeaving(map, drive)
  const after = edited(before, edit, 'Conflict')
  const { prediction } = await predictChange(context, { before, after })
  return { work: await changeMap(context, { reason: `keep drive ${drive}`, prediction, edit }) }
}

async function plan(context: AdminContext, drive: number): Promise<PredictedChange & { readonly after: StoreMap }> {
  const { map: before } = context.parts.store.maps.current
  const after = edited(before, (map) => startLeaving(map, drive), 'NotEnoughDrives')
  return { ...(await predictChange(context, { before, after })), after }
}

function requireForce({ id, isUp }: MapDevice, force: boolean): void {
  if (isUp && force) {
    throw new AdminError(
      'Conflict',
      `Drive ${id} is up: nothing needs to be forced.`,
      'Remove it without --force, and its chunks are copied from it.',
    )
  }
  if (!isUp && !force) {
    throw new AdminError(
      'Conflict',
      `Drive ${id} is down, and cannot be copied from.`,
      'Bring it back; or, when it is gone for good, remove it with --force: what it had is made anew from the others.',
    )
  }
}

function requireEnough({ deviceClass }: MapDevice, after: StoreMap, tooSmall: readonly string[]): void {
  for (const pool of poolsInUse(after).filter((each) => each.deviceClass === deviceClass)) {
    const { k, m, failureDomain } = pool
    const up = domainsUp(after, pool)
    if (up >= k + m) continue
    throw new AdminError(
      'NotEnoughDrives',
      `Data kept ${k}+${m} needs ${k + m} ${failureDomain}s of class ${deviceClass}, and ${up} would be up.`,
      'Add a drive first, or bring back those that are down.',
    )
  }
  if (tooSmall.length === 0) return
  throw new AdminError(
    'NotEnoughDrives',
    `There would not be enough room: ${tooSmall.join('; ')}.`,
    'Add a drive first, or delete what is not needed.',
  )
}
