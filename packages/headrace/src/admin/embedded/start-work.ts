import { AdminError } from '../admin-error.ts'
import type { StartedWork } from '../store-admin.ts'
import type { WorkerStatus } from '../store-reports.ts'
import { type AdminContext, requireDrive } from './admin-context.ts'

/** How far background work is. */
export function progressOf({ workers }: AdminContext, worker: string): WorkerStatus {
  const all = workers()
  const status = all.find(({ name }) => name === worker)
  if (status !== undefined) return status
  const names = all.map(({ name }) => name).join(', ')
  throw new AdminError('NoSuchWorker', `There is no background work ${worker}.`, `There are ${names}.`)
}

export function startScrub(
  { parts }: AdminContext,
  { deep, drive }: { readonly deep: boolean; readonly drive: number | null },
): StartedWork {
  if (drive !== null && !requireDrive(parts.store.maps.current.map, drive).isUp) {
    throw new AdminError('Conflict', `Drive ${drive} is down and cannot be read.`, 'Scrub it when it is back.')
  }
  return {
    worker: 'scrub',
    startedMs: parts.scrub.start({ depth: deep ? 'deep' : 'light', device: drive ?? undefined }),
  }
}
