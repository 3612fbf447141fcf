import type { AdminOf } from './api-operation.ts'
import type {
  CensusReport,
  DriveFault,
  DriveStatus,
  Explanation,
  Prediction,
  Profile,
  SalvagePage,
  StoreStatus,
  WorkerStatus,
} from './store-reports.ts'

/** An operation that takes nothing. */
export type NoInput = Record<never, never>

/** Work that was begun, or was under way already; `null` in its place when there is nothing to do. */
export interface StartedWork {
  /** Whose progress tells how far it is. */
  readonly worker: string
  /** Which run of it. */
  readonly startedMs: number
}

export interface NewDrive {
  /** Absolute, on the machine of the server. */
  readonly path: string
  /** `null`: this machine. */
  readonly host: string | null
  readonly rack: string | null
  readonly deviceClass: string
}

/** Data chunks and coding chunks. */
export interface Width {
  readonly k: number
  readonly m: number
}

export interface ProfileChoice {
  readonly deviceClass: string
  readonly storageClass: string
  readonly bucket: string | null
  readonly failureDomain: 'drive' | 'host' | 'rack'
  /** `null` leaves it to the number of drives; of `small`, k is 1. */
  readonly widths: { readonly small: Width; readonly large: Width } | null
}

/** Every operation on the operator's side of a store. */
export interface StoreAdminOperations {
  status: { input: NoInput; output: StoreStatus }
  drives: { input: NoInput; output: { drives: readonly DriveStatus[] } }
  /** Says what `addDrives` would move. Nothing is written, into the folders neither. */
  planAdd: { input: { drives: readonly NewDrive[] }; output: Prediction }
  addDrives: {
    input: { drives: readonly NewDrive[] }
    output: { added: readonly { id: number; path: string }[]; prediction: Prediction; work: StartedWork | null }
  }
  planRemove: { input: { drive: number }; output: Prediction }
  /** The drive is `leaving` until it is empty. With `force`, one that is down goes at once: heal makes its chunks anew. */
  removeDrive: {
    input: { drive: number; force: boolean }
    output: { prediction: Prediction; work: StartedWork | null }
  }
  cancelRemove: { input: { drive: number }; output: { work: StartedWork | null } }
  startScrub: { input: { deep: boolean; drive: number | null }; output: { work: StartedWork } }
  startHeal: { input: NoInput; output: { work: StartedWork } }
  startCensus: { input: NoInput; output: { work: StartedWork } }
  /** The last census that ended; `null` before the first. */
  census: { input: NoInput; output: { census: CensusReport | null } }
  progress: { input: { worker: string }; output: WorkerStatus }
  explain: { input: { bucket: string; key: string; versionId: string | null }; output: Explanation }
  rebuildIndex: { input: NoInput; output: { work: StartedWork } }
  salvage: { input: { after: string | null; limit: number }; output: SalvagePage }
  setProfile: { input: ProfileChoice; output: { profiles: readonly Profile[]; work: StartedWork | null } }
  faults: { input: NoInput; output: { faults: readonly DriveFault[] } }
  /** Takes the place of the fault that the drive had. */
  setFault: { input: DriveFault; output: { faults: readonly DriveFault[] } }
  /** `null`: of every drive. */
  clearFaults: { input: { drive: number | null }; output: { faults: readonly DriveFault[] } }
}

export type StoreAdminOperation = keyof StoreAdminOperations

/**
 * The operator's side of a store: implemented where the store is kept, and by the client of the admin API.
 * - Inputs and outputs are plain data, as JSON has it.
 * - What an operator can put right is thrown as `AdminError`: NoSuchDrive, NoSuchObject, NotEnoughDrives, …
 * - Changes are durable when they resolve. Work they cause goes on in the background, and after a restart too.
 * - When an operation that begins work resolves, that run is under way or over: its `startedMs` is at most that of the
 *   worker's status. A heal, and each change of drives, is over when its census is.
 */
export type StoreAdmin = AdminOf<StoreAdminOperations>
