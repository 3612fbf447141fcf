import type { Random } from '../../core/runtime.ts'
import { folders } from './data/paths.ts'
import { mayAdopt } from './drive/file-system-id.ts'
import { formatDrive, newUuid } from './drive/format-drive.ts'
import { openLocalDrive } from './drive/local-drive.ts'
import type { FoundDrive, FoundFolder, FoundStore } from './find-store.ts'
import type { DeviceFile } from './format/device-file.ts'
import {
  addDevices,
  adoptSingleDrive,
  MapEditError,
  markDown,
  markUp,
  type NewDrive,
  newStore,
  relocateDevice,
  replaceDevice,
  setProfile,
} from './placement/edit-map.ts'
import { MapLostError } from './placement/map-lost-error.ts'
import { parseProfile } from './placement/profiles.ts'
import type { FailureDomain, StoreMap } from './placement/store-map.ts'

/** Where a drive stands, and of which kind it is. */
export interface DrivePlace {
  readonly path: string
  readonly host?: string | undefined
  readonly rack?: string | undefined
  readonly deviceClass?: string | undefined
}

export interface OpeningOptions {
  readonly nowMs: number
  /** Of this opening of the store. */
  readonly term: number
  readonly random: Random
  /** Of drives that stand elsewhere than in this machine, or are not `hot`. */
  readonly places: readonly DrivePlace[]
  /** How a new store protects data; by default the number of its drives says. */
  readonly profile: string | undefined
  readonly failureDomain: FailureDomain
}

/** The map that a store is opened with, and what an operator should hear about it. */
export interface OpeningMap {
  readonly map: StoreMap
  readonly notes: readonly string[]
  /** Drives that were not there when the newest map was written: what is on them is to be looked through. */
  readonly stale: readonly number[]
}

/** The machine that the program runs on, in maps. */
export const thisHost = 'localhost'

/**
 * Works out the map of a store from what is there now: drives that are gone are down, drives that are elsewhere have
 * moved, empty folders become new drives, or take the place of drives that were lost. The folders are made drives before
 * the map names them, so that a crash in between leaves drives that are added the next time.
 */
export async function openingMap(found: FoundStore, options: OpeningOptions): Promise<OpeningMap> {
  if (found.map !== undefined) return { ...(await followFound(found.map, found, options)), stale: staleIn(found) }
  const storeId = found.storeId ?? newUuid(options.random)
  await requireNew(found.drives)
  const known = [...found.drives].sort((a, b) => a.device.device - b.device.device)
  // A drive alone may be a store of before maps: what it has is in the pool that it began with.
  const [first, ...others] = known
  if (first !== undefined && others.length === 0) {
    const single = {
      storeId,
      term: options.term,
      changedMs: options.nowMs,
      drive: identity(first, first.device, options),
    }
    const map = adoptSingleDrive(single)
    return { map: await addBlanks(map, found.blanks, options), notes: [], stale: [] }
  }
  const blanks = await formatAll(found.blanks, { storeId, nextDevice: known.length }, options)
  const drives = [...known.map((drive) => identity(drive, drive.device, options)), ...blanks]
  const map = newStore({ storeId, term: options.term, changedMs: options.nowMs, drives })
  return { map: withProfile(map, options), notes: [], stale: [] }
}

/**
 * Without a map, drives are those of a store that was being made when the power went, or the only one of a store of before
 * maps.
 * @throws MapLostError when they are more: whatever is in them, only their map says what it is
 */
async function requireNew(drives: readonly FoundDrive[]): Promise<void> {
  for (const { root: where, mapError: error } of drives)
    if (error !== undefined) throw new MapLostError({ where, error })
  const [first, ...others] = drives
  if (first === undefined) return
  if (others.length === 0) {
    // The only drive of a store is its first.
    if (first.device.device !== 0) throw new MapLostError({ where: first.root, error: 'it has none' })
    return
  }
  for (const { root: where } of drives) {
    if ((await openLocalDrive(where).list(folders.journal)).length === 0) continue
    throw new MapLostError({ where, error: 'it has none' })
  }
}

function withProfile(map: StoreMap, { profile, failureDomain }: OpeningOptions): StoreMap {
  if (profile === undefined && failureDomain === 'drive') return map
  if (profile === undefined) {
    throw new MapEditError(`with --failure-domain ${failureDomain} name a --profile too, such as 4+2`)
  }
  return setProfile(map, { storageClass: 'STANDARD', failureDomain, profile: parseProfile(profile) })
}

function staleIn({ map: newest, drives }: FoundStore): number[] {
  return drives
    .filter(({ map }) => newest !== undefined && (map === undefined || map.epoch < newest.epoch))
    .flatMap(({ device }) => newest?.devices.find(({ uuid }) => uuid === device.deviceId)?.id ?? [])
}

async function followFound(
  before: StoreMap,
  found: FoundStore,
  options: OpeningOptions,
): Promise<Omit<OpeningMap, 'stale'>> {
  const notes: string[] = []
  let map = before
  const added: NewDrive[] = []
  for (const drive of found.drives) {
    const known = map.devices.find(({ uuid }) => uuid === drive.device.deviceId)
    const place = { path: drive.root, fileSystemId: drive.fileSystemId }
    if (known !== undefined) map = markUp(relocateDevice(map, known.id, place), known.id)
    else if (drive.device.device >= before.nextDevice) added.push(identity(drive, drive.device, options))
    else notes.push(`${drive.root} was taken out of this store; empty it to add it again`)
  }
  const isNumbered = added.length > 0
  const blanks = [...found.blanks]
  for (const { id, uuid, path, fileSystemId } of before.devices) {
    if (found.drives.some(({ device }) => device.deviceId === uuid)) continue
    // A blank folder was being made a drive in the place of this one when the power went.
    const begun = added.findIndex((drive) => drive.path === path)
    if (begun >= 0) {
      map = replaceDevice(map, id, added[begun] as NewDrive)
      notes.push(noteOfReplacement(path, id))
      added.splice(begun, 1)
      continue
    }
    const at = blanks.findIndex(({ root }) => root === path)
    const [blank] = at < 0 ? [] : blanks.splice(at, 1)
    if (blank !== undefined && (await mayAdopt(path, fileSystemId))) {
      const [drive] = await formatAll([blank], map, options)
      map = replaceDevice(map, id, drive as NewDrive)
      notes.push(noteOfReplacement(path, id))
      continue
    }
    map = markDown(map, id, options.nowMs)
    notes.push(
      blank === undefined
        ? `drive ${id} is not there: ${path}`
        : `drive ${id} is not there: ${path} is an empty folder on another file system. Is the drive mounted?`,
    )
  }
  if (added.length > 0) map = addDevices(map, added)
  if (isNumbered) map = await renumber(map, found.drives)
  return { map: await addBlanks(map, blanks, options), notes }
}

function noteOfReplacement(path: string, id: number): string {
  return `${path} was empty: it is a new drive now, and what drive ${id} had is made anew from the others`
}

/** Makes empty folders new drives of the store. */
export async function addBlanks(
  map: StoreMap,
  blanks: readonly FoundFolder[],
  options: Pick<OpeningOptions, 'random' | 'places' | 'nowMs'>,
): Promise<StoreMap> {
  if (blanks.length === 0) return map
  return addDevices(map, await formatAll(blanks, map, options))
}

async function formatAll(
  blanks: readonly FoundFolder[],
  { storeId, nextDevice }: Pick<StoreMap, 'storeId' | 'nextDevice'>,
  options: Pick<OpeningOptions, 'random' | 'places' | 'nowMs'>,
): Promise<NewDrive[]> {
  const drives: NewDrive[] = []
  for (const [index, blank] of blanks.entries()) {
    const device: DeviceFile = {
      storeId,
      deviceId: newUuid(options.random),
      device: nextDevice + index,
      createdMs: options.nowMs,
    }
    await formatDrive(blank.root, device)
    const { totalBytes: capacityBytes } = await openLocalDrive(blank.root).space()
    drives.push(identity({ ...blank, capacityBytes }, device, options))
  }
  return drives
}

/** Drives that were being added when the power went may have got other numbers now. */
async function renumber(map: StoreMap, drives: readonly FoundDrive[]): Promise<StoreMap> {
  for (const { root, device } of drives) {
    const mapped = map.devices.find(({ uuid }) => uuid === device.deviceId)
    if (mapped !== undefined && mapped.id !== device.device) await formatDrive(root, { ...device, device: mapped.id })
  }
  return map
}

function identity(
  { root, fileSystemId, capacityBytes }: FoundFolder & { capacityBytes: number },
  { deviceId }: DeviceFile,
  { places }: Pick<OpeningOptions, 'places'>,
): NewDrive {
  const place = places.find(({ path }) => path === root)
  return {
    uuid: deviceId,
    path: root,
    fileSystemId,
    host: place?.host ?? thisHost,
    rack: place?.rack,
    deviceClass: place?.deviceClass ?? 'hot',
    capacityBytes,
  }
}
