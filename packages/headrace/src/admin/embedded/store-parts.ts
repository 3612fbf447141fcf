import type { DriveFigures } from '../../store/embedded/drive/drive-figures.ts'
import type { Fault } from '../../store/embedded/drive/faulty-drive.ts'
import type { DrivePlace } from '../../store/embedded/opening-map.ts'
import type { Placement } from '../../store/embedded/placement/placement.ts'
import type { StoreMap } from '../../store/embedded/placement/store-map.ts'
import type { CensusTaker } from '../../work/census/census-taker.ts'
import type { Mend } from '../../work/mend/mend.ts'
import type { MoveLog } from '../../work/mend/move-log.ts'
import type { WorkStatus } from '../../work/progress.ts'
import type { Scrub } from '../../work/scrub/scrub.ts'
import type { WorkStore } from '../../work/work-store.ts'
import type { StoreAdmin } from '../store-admin.ts'

/** The faults of the drives of this process; see `DriveFaults`. */
export interface FaultSetting {
  readonly all: ReadonlyMap<number, Fault>
  setFault(device: number, fault: Fault | undefined): void
}

/** What the operator's side of an embedded store is made of. It runs where the keeper does. */
export interface StoreParts {
  readonly store: WorkStore
  /** Changes the map; resolves when it is durable on as many drives as it takes. */
  readonly changeMap: (edit: (map: StoreMap) => StoreMap) => Promise<Placement>
  /** Where drives stand that the settings name. */
  readonly places: readonly DrivePlace[]
  /** Why a drive is down, as whoever judges it says. */
  readonly reasonOf: (device: number) => string | undefined
  /** What this process says of the drives. */
  readonly ownFigures: () => readonly DriveFigures[]
  /** What each gateway in another process says; those that do not answer are left out. */
  readonly gatewayFigures: () => Promise<readonly (readonly DriveFigures[])[]>
  /** Undefined where nobody may make drives fail. */
  readonly faults: FaultSetting | undefined
  /** Has the gateways give their drives these faults, and no others any more. */
  readonly spreadFaults: (faults: readonly (readonly [device: number, fault: Fault])[]) => void

  /** All background work, with that below. */
  readonly workers: () => readonly WorkStatus[]
  readonly mend: Pick<Mend, 'start' | 'status'>
  readonly moves: Pick<MoveLog, 'begin' | 'last'>
  readonly census: Pick<CensusTaker, 'start' | 'last'>
  readonly scrub: Pick<Scrub, 'start'>
  /** Makes the indexes anew, or has the process end so that the next one does. */
  readonly rebuildIndex: () => Promise<void>
  readonly salvage: StoreAdmin['salvage']
  /** Of the program. */
  readonly version: string
}
