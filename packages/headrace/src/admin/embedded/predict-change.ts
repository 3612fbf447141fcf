import type { Clock } from '../../core/runtime.ts'
import { defaultReserve } from '../../store/embedded/gateway/space-guard.ts'
import {
  type DevicePrediction,
  type MovePrediction,
  MoveTally,
  type UsedData,
} from '../../store/embedded/placement/predict.ts'
import type { MapDevice, StoreMap } from '../../store/embedded/placement/store-map.ts'
import type { Prediction } from '../store-reports.ts'
import type { AdminContext } from './admin-context.ts'
import { Breather } from './breather.ts'
import type { Reservoir } from './reservoir.ts'
import { domainsUp, poolsInUse, summarizeProfiles } from './summarize-profiles.ts'

/** A prediction, and what it means for those who ask for the change. */
export interface PredictedChange {
  readonly prediction: Prediction
  /** Drives that would have no room for what comes to them, in words. */
  readonly tooSmall: readonly string[]
}

interface Change {
  readonly before: StoreMap
  readonly after: StoreMap
  /** Space of drives that are not in the store yet, by path. */
  readonly freeOf?: ReadonlyMap<string, number>
}

/**
 * Predicts what a change of the map moves, from a sample of the data rows. It takes seconds in a large store, and lets
 * others have their turn.
 */
export async function predictChange(context: AdminContext, change: Change): Promise<PredictedChange> {
  const { before, after } = change
  const { sample } = await context.surveys.whole()
  const move = await predictFrom(sample, change, context.parts.store.runtime.clock)
  const ofDevice = new Map(move.devices.map((each) => [each.device, each]))
  const tooSmall = await drivesTooSmall(ofDevice, change, context)
  const prediction: Prediction = {
    movedBytes: move.movedBytes,
    minimumBytes: move.minimumBytes,
    plainIndepBytes: move.plainBytes,
    reencodeBytes: move.encoded.writtenBytes,
    drives: allDevices(change).map(({ id, path }) => {
      const { inBytes = 0, outBytes = 0 } = ofDevice.get(id) ?? {}
      return { id: isIn(before, id) ? id : null, path, inBytes, outBytes }
    }),
    profilesBefore: summarizeProfiles(before),
    profilesAfter: summarizeProfiles(after),
    sampledRows: sample.items.length,
    rows: sample.seen,
    warnings: [...tooSmall, ...warningsAbout(before, after)],
  }
  return { prediction, tooSmall }
}

async function predictFrom(
  { items, seen }: Reservoir<UsedData>,
  { before, after }: Change,
  clock: Clock,
): Promise<MovePrediction> {
  const tally = new MoveTally(before, after)
  const breather = new Breather(clock)
  for (const data of items) {
    if (breather.isDue) await breather.rest()
    tally.add(data)
  }
  return tally.result(items.length === 0 ? 1 : seen / items.length)
}

async function drivesTooSmall(
  moves: ReadonlyMap<number, DevicePrediction>,
  change: Change,
  { parts: { store }, spaces }: AdminContext,
): Promise<string[]> {
  const { reserveBytes, reserveShare } = store.reserve ?? defaultReserve
  const lacking: string[] = []
  for (const { id, path, capacityBytes } of allDevices(change)) {
    const move = moves.get(id)
    const growthBytes = move === undefined ? 0 : move.afterBytes - move.beforeBytes
    const freeBytes = change.freeOf?.get(path) ?? (await spaces.of(id))?.freeBytes
    if (growthBytes <= 0 || freeBytes === undefined) continue
    const roomBytes = Math.max(0, freeBytes - Math.max(reserveBytes, capacityBytes * reserveShare))
    if (growthBytes <= roomBytes) continue
    lacking.push(`drive ${isIn(change.before, id) ? id : path} ${lackOfRoom(growthBytes, roomBytes)}`)
  }
  return lacking
}

function lackOfRoom(growthBytes: number, roomBytes: number): string {
  const gib = (bytes: number) => (bytes / 2 ** 30).toFixed(2)
  return `would get ${gib(growthBytes)} GiB and has room for ${gib(roomBytes)} GiB`
}

/** Those of before, then those that come. */
function allDevices({ before, after }: Change): MapDevice[] {
  return [...before.devices, ...after.devices.filter(({ id }) => !isIn(before, id))]
}

function warningsAbout(before: StoreMap, after: StoreMap): string[] {
  const down = before.devices.filter(({ isUp }) => !isUp).map(({ id }) => id)
  const used = poolsInUse(after)
  const unused = after.devices.filter(
    ({ id, deviceClass }) => !isIn(before, id) && !used.some((pool) => pool.deviceClass === deviceClass),
  )
  const short = used.filter((pool) => domainsUp(after, pool) < pool.k + pool.m)
  return [
    ...(down.length > 0 ? [`${listed(down)} down: what is to be healed for that is not counted`] : []),
    ...(used.some(({ m }) => m === 0) ? ['nothing would survive the loss of a drive'] : []),
    ...unused.map(
      ({ path, deviceClass }) => `no profile puts data on drives of class ${deviceClass}, as ${path} would be`,
    ),
    ...(short.length > 0 ? [`not all data could have all its chunks: too few drives would be up`] : []),
    ...sharedFileSystems(before, after),
  ]
}

/** Two drives on one file system fail together, though they count as two. */
function sharedFileSystems(before: StoreMap, after: StoreMap): string[] {
  const shared = after.devices.filter((device) => !isIn(before, device.id) && hasNeighbour(after, device))
  if (shared.length === 0) return []
  return [`${shared.map(({ path }) => path).join(', ')} would share a file system with another drive, and fail with it`]
}

function hasNeighbour({ devices }: StoreMap, device: MapDevice): boolean {
  const { fileSystemId, host, id } = device
  return devices.some((other) => other.id !== id && other.fileSystemId === fileSystemId && other.host === host)
}

function listed(ids: readonly number[]): string {
  return ids.length === 1 ? `drive ${ids[0]} is` : `drives ${ids.join(', ')} are`
}

function isIn({ devices }: StoreMap, id: number): boolean {
  return devices.some((device) => device.id === id)
}
