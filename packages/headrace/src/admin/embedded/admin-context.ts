import type { MapDevice, StoreMap } from '../../store/embedded/placement/store-map.ts'
import { AdminError } from '../admin-error.ts'
import type { WorkerStatus } from '../store-reports.ts'
import { DriveSpaces } from './drive-spaces.ts'
import { RebuildIndex } from './rebuild-index.ts'
import type { StoreParts } from './store-parts.ts'
import { Surveys } from './surveys.ts'
import { Turns } from './turns.ts'

/** What the operations of the operator's side share. */
export interface AdminContext {
  readonly parts: StoreParts
  readonly surveys: Surveys
  readonly spaces: DriveSpaces
  /** Changes of the drives are made one after the other: each is planned with what the one before has left. */
  readonly changes: Turns
  readonly rebuild: RebuildIndex
  /** All background work. */
  workers(): WorkerStatus[]
}

export function adminContext(parts: StoreParts): AdminContext {
  const { store, mend, census } = parts
  const rebuild = new RebuildIndex(store, parts.rebuildIndex)
  const workEndedMs = () => Math.max(mend.status().finishedMs ?? 0, census.last?.finishedMs ?? 0)
  return {
    parts,
    surveys: new Surveys(store, workEndedMs),
    spaces: new DriveSpaces(store.drives, store.runtime.clock),
    changes: new Turns(),
    rebuild,
    workers: () => [...parts.workers(), rebuild.status()],
  }
}

/** @throws AdminError when there is no such drive */
export function requireDrive({ devices }: StoreMap, id: number): MapDevice {
  const device = devices.find((each) => each.id === id)
  if (device === undefined) {
    throw new AdminError('NoSuchDrive', `There is no drive ${id}.`, '`headrace store drives` lists them.')
  }
  return device
}

/** @throws AdminError when there is no such bucket */
export function requireBucket({ index }: Pick<StoreParts['store'], 'index'>, bucket: string): void {
  index.refresh()
  if (index.get('buckets', Buffer.from(bucket)) !== undefined) return
  throw new AdminError('NoSuchBucket', `There is no bucket ${bucket}.`)
}
