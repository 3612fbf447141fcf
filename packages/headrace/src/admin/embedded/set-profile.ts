import { setProfile as setProfileOf, storageClasses } from '../../store/embedded/placement/edit-map.ts'
import { chunksMax } from '../../store/embedded/placement/profiles.ts'
import type { StoreMap } from '../../store/embedded/placement/store-map.ts'
import { AdminError } from '../admin-error.ts'
import type { ProfileChoice, StoreAdminOperations, Width } from '../store-admin.ts'
import { type AdminContext, requireBucket } from './admin-context.ts'
import { changeMap } from './change-map.ts'
import { edited } from './edited.ts'
import { predictChange } from './predict-change.ts'
import { summarizeProfiles } from './summarize-profiles.ts'

/** Sets how data of a storage class, or of one bucket, is protected; what is there already follows in the background. */
export async function setProfile(
  context: AdminContext,
  choice: ProfileChoice,
): Promise<StoreAdminOperations['setProfile']['output']> {
  const { store } = context.parts
  const { deviceClass, storageClass, bucket, failureDomain, widths } = choice
  checkChoice(choice)
  if (bucket !== null) requireBucket(store, bucket)
  const setting = {
    ...{ deviceClass, storageClass, failureDomain },
    bucket: bucket ?? undefined,
    profile: widths ?? ('auto' as const),
  }
  const edit = (map: StoreMap) => setProfileOf(map, setting)
  const { map: before } = store.maps.current
  const after = edited(before, edit, 'NotEnoughDrives')
  if (isSame(before, after)) return { profiles: summarizeProfiles(before), work: null }
  const { prediction } = await predictChange(context, { before, after })
  const width = widths === null ? 'auto' : `${widths.large.k}+${widths.large.m}`
  const reason = `profile ${width} of ${storageClass}${bucket === null ? '' : ` in ${bucket}`}`
  const work = await changeMap(context, { reason, prediction, edit })
  return { profiles: summarizeProfiles(store.maps.current.map), work }
}

function checkChoice({ storageClass, failureDomain, widths }: ProfileChoice): void {
  if (!storageClasses.includes(storageClass)) {
    throw invalid(`Storage class ${storageClass} has no profile.`, `There are ${storageClasses.join(', ')}.`)
  }
  if (widths === null) {
    if (failureDomain === 'drive') return
    throw invalid(`With failure domain ${failureDomain}, a width is to be named.`, 'Name one, such as 4+2.')
  }
  for (const width of [widths.small, widths.large]) checkWidth(width)
  if (widths.small.k !== 1) throw invalid('Small data is kept in copies.', 'Of small data, k is 1.')
}

function checkWidth({ k, m }: Width): void {
  if (k > 1 && m === 0) {
    throw invalid(`With ${k}+0, any drive of ${k} would take the data with it.`, 'Add at least one coding chunk.')
  }
  if (k + m > chunksMax) throw invalid(`${k}+${m} are ${k + m} chunks.`, `${chunksMax} are the most.`)
}

function invalid(message: string, remedy: string): AdminError {
  return new AdminError('InvalidRequest', message, remedy)
}

/** Edits make new lists where nothing in them is new. */
function isSame(a: StoreMap, b: StoreMap): boolean {
  return JSON.stringify([a.pools, a.rules]) === JSON.stringify([b.pools, b.rules])
}
