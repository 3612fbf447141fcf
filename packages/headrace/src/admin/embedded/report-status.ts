import { decodeUsage } from '../../store/embedded/format/counters.ts'
import type { StoreMap } from '../../store/embedded/placement/store-map.ts'
import { slicesOf } from '../../work/slices.ts'
import type { StoreStatus, Verdict, WorkerStatus } from '../store-reports.ts'
import type { AdminContext } from './admin-context.ts'
import { describeProtection } from './describe-protection.ts'
import { summarizeProfiles } from './summarize-profiles.ts'
import type { Survey } from './survey.ts'

/** The picture of the store. Figures of chunks come from a survey: of now where it is small, else of a while ago. */
export async function reportStatus({ parts, surveys, workers }: AdminContext): Promise<StoreStatus> {
  const { store, census, moves, version } = parts
  const [usage, survey] = await Promise.all([countObjects(parts), surveys.recent()])
  const { map } = store.maps.current
  const { missingChunks, shortRows, chunkBytes, inlineBytes, tally } = survey
  return {
    storeId: map.storeId,
    epoch: map.epoch,
    changedMs: map.changedMs,
    version,
    verdict: verdictOf(survey, census.last),
    protection: describeProtection(map, survey),
    profiles: summarizeProfiles(map),
    ...usage,
    storedBytes: chunkBytes + inlineBytes * map.indexDevices.length,
    degradedRows: shortRows,
    missingChunks,
    misplacedChunks: tally.misplacedChunks,
    drives: countDrives(map),
    indexDrives: [...map.indexDevices],
    workers: [...workers(), ...(survey.tookMs === undefined ? [firstSurvey(survey)] : [])],
    lastCensus: summarizeCensus(census.last),
    lastMove: moves.last ?? null,
    // No bucket can ask for it yet: every write is synced before it is acknowledged.
    relaxedBuckets: [],
  }
}

/** As owners count, from the figures that each commit brings up to date. */
async function countObjects({ store }: AdminContext['parts']): Promise<{ objects: number; bytes: number }> {
  const sum = { objects: 0, bytes: 0 }
  for await (const items of slicesOf(store, 'usage')) {
    for (const { value } of items) {
      const { objects, bytes } = decodeUsage(value)
      sum.objects += objects
      sum.bytes += bytes
    }
  }
  return sum
}

/** What a census has found is in the index: a survey that is newer knows it, and what has happened since. */
function verdictOf(
  { tally, tookMs, startedMs }: Survey,
  census: AdminContext['parts']['census']['last'],
): Verdict | null {
  if (census === undefined) return null
  return tookMs === undefined || startedMs < census.finishedMs ? census.verdict : tally.verdict
}

function countDrives({ devices }: StoreMap): StoreStatus['drives'] {
  const count = (is: (device: StoreMap['devices'][number]) => boolean) => devices.filter(is).length
  return {
    up: count(({ isUp }) => isUp),
    down: count(({ isUp }) => !isUp),
    leaving: count(({ membership }) => membership === 'leaving'),
    out: count(({ membership }) => membership === 'out'),
  }
}

function summarizeCensus(census: AdminContext['parts']['census']['last']): StoreStatus['lastCensus'] {
  if (census === undefined) return null
  const { verdict, startedMs, finishedMs, rows, bytes, lostRows } = census
  return { verdict, startedMs, finishedMs, rows, bytes, lostRows }
}

/** Nobody should take the figures of a store that was just opened for those of all of it. */
function firstSurvey({ startedMs, tally }: Survey): WorkerStatus {
  return {
    name: 'survey',
    state: 'working',
    startedMs,
    finishedMs: null,
    doneBytes: tally.bytes,
    totalBytes: null,
    rateBytesPerS: 0,
    etaMs: null,
    note: `${tally.rows} rows counted so far; figures of chunks are of these`,
  }
}
