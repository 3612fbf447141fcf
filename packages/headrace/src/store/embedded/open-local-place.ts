import type { Runtime } from '../../core/runtime.ts'
import { bootId } from './drive/boot-id.ts'
import type { DriveFaults } from './drive/faulty-drive.ts'
import { UnusableDriveError } from './drive/format-drive.ts'
import { openKnownDrive, openLocalDrive } from './drive/local-drive.ts'
import { LocalDrives } from './drive/local-drives.ts'
import { type FoundStore, findStore } from './find-store.ts'
import { lmdbMedium } from './keeper/index-medium.ts'
import { KeeperPlace } from './keeper-place.ts'
import { type OpeningOptions, openingMap } from './opening-map.ts'
import { rootsUp } from './roots-up.ts'
import { lockSession } from './session-lock.ts'

export interface OpenLocalPlaceOptions extends Partial<Pick<OpeningOptions, 'places' | 'profile' | 'failureDomain'>> {
  /** Folders of the store's drives, as an operator names them. */
  readonly folders: readonly string[]
  /** Whether the store is there already, whatever is found: empty folders are no new drives then. */
  readonly isReopened?: boolean | undefined
  /** Injected into drives for drills; undefined where nobody may. */
  readonly faults?: DriveFaults | undefined
}

/**
 * A store in folders of this machine, as its keeper has it. Empty folders become drives.
 * @throws UnusableDriveError, SplitStoreError, MapLostError, MapEditError: for an operator to read
 */
export async function openLocalPlace(options: OpenLocalPlaceOptions, runtime: Runtime): Promise<KeeperPlace> {
  const { folders, isReopened = false, faults, places = [], profile, failureDomain = 'drive' } = options
  const { clock, random, events } = runtime
  const found = isReopened ? await findAgain(folders) : await findStore(folders)
  const {
    map: opening,
    notes,
    stale,
  } = await openingMap(found, {
    nowMs: clock.now(),
    term: random.bytes(4).readUInt32LE(0),
    random,
    places,
    profile,
    failureDomain,
  })
  for (const note of notes) events.log.warn({}, note)
  for (const { root: folder, why } of found.troubles) events.log.error({ folder }, `a folder cannot be used: ${why}`)
  const place: KeeperPlace = await KeeperPlace.open({
    found: found.map ?? opening,
    opening,
    stale,
    local: new LocalDrives({ clock, faults, open: openKnownDrive, name: 'keeper' }),
    runtime,
    mediumOf: ({ drive, root: folder }) => lmdbMedium({ drive, root: folder, bootId: bootId(), log: events.log }),
    bareDrive: ({ id, path }) => faults?.wrap(id, openLocalDrive(path)) ?? openLocalDrive(path),
    lockSession: (session) => lockSession(rootsUp(place.drives, place.maps.current), session),
  })
  return place
}

/** @throws UnusableDriveError when none of its drives is there */
async function findAgain(folders: readonly string[]): Promise<FoundStore> {
  const found = await findStore(folders)
  if (found.storeId !== undefined) return { ...found, blanks: [] }
  throw new UnusableDriveError(folders.join(', '), 'none of the drives of the store is there now.')
}
