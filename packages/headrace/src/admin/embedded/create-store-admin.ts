import type { StoreAdmin } from '../store-admin.ts'
import { addDrives, planAdd } from './add-drives.ts'
import { adminContext } from './admin-context.ts'
import { startMending } from './change-map.ts'
import { clearFaults, listFaults, setFault } from './drive-faults.ts'
import { explainObject } from './explain-object.ts'
import { cancelRemove, planRemove, removeDrive } from './remove-drive.ts'
import { reportDrives } from './report-drives.ts'
import { reportStatus } from './report-status.ts'
import { setProfile } from './set-profile.ts'
import { progressOf, startScrub } from './start-work.ts'
import type { StoreParts } from './store-parts.ts'

/** The operator's side of an embedded store. */
export function createStoreAdmin(parts: StoreParts): StoreAdmin {
  const context = adminContext(parts)
  const { changes } = context
  return {
    status: () => reportStatus(context),
    drives: () => reportDrives(context),
    planAdd: ({ drives }) => planAdd(context, drives),
    addDrives: ({ drives }) => changes.take(() => addDrives(context, drives)),
    planRemove: ({ drive }) => planRemove(context, drive),
    removeDrive: (input) => changes.take(() => removeDrive(context, input)),
    cancelRemove: ({ drive }) => changes.take(() => cancelRemove(context, drive)),
    setProfile: (choice) => changes.take(() => setProfile(context, choice)),
    startScrub: async (input) => ({ work: startScrub(context, input) }),
    startHeal: async () => ({ work: startMending(parts) }),
    startCensus: async () => ({ work: { worker: 'census', startedMs: parts.census.start() } }),
    census: async () => ({ census: parts.census.last ?? null }),
    progress: async ({ worker }) => progressOf(context, worker),
    explain: async (input) => explainObject(context, input),
    rebuildIndex: async () => ({ work: await context.rebuild.start() }),
    salvage: (input) => parts.salvage(input),
    faults: async () => listFaults(context),
    setFault: async (fault) => setFault(context, fault),
    clearFaults: async ({ drive }) => clearFaults(context, drive),
  }
}
