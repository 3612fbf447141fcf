import { ByteWriter } from '../../../core/bytes.ts'
import { encodeJournalRecord, type JournalRecord } from '../format/journal-record.ts'
import { setIndexDevices } from '../placement/edit-map.ts'
import type { StoreMap } from '../placement/store-map.ts'
import type { IndexDrive } from './index-medium.ts'
import { Journal, JournalDamagedError } from './journal.ts'
import { readJournal, salvageJournal } from './journal-records.ts'
import { ReplicaSet, type ReplicaSetOptions, type WholeReplica } from './replica-set.ts'
import { type Outcome, settleTogether } from './settle-together.ts'

/** A drive whose index is not open so long after another's is left out: it hangs. */
const patienceMs = 60_000

/** There is no drive that journal and index could be opened from. */
export class IndexLostError extends Error {
  constructor(map: StoreMap, reasons: readonly unknown[]) {
    const drives = map.indexDevices.map((id) => map.devices.find((device) => device.id === id)?.path ?? `drive ${id}`)
    const why = reasons.map((error) => `\n- ${error instanceof Error ? error.message : error}`).join('')
    super(
      `The store cannot be opened: its journal and its index are on ${drives.join(' and ')}, and none of them can be ` +
        `used. Bring one of them back.${why}`,
      { cause: reasons[0] },
    )
    this.name = 'IndexLostError'
  }
}

interface Refused {
  readonly drive: IndexDrive
  readonly error: unknown
}

/**
 * Opens journal and index from the drives that the map names for them. The one that has the most is right: whatever was
 * acknowledged is on each of them. Others are brought up from it; those that cannot be, or are not there, are taken out
 * of the map before anything is committed, and `ReplicaSet.improve` finds others for them.
 * @throws IndexLostError when none can be opened; JournalDamagedError when one that is damaged has more than the others
 */
export async function openReplicas(options: ReplicaSetOptions): Promise<ReplicaSet> {
  const { maps, runtime } = options
  const { map } = maps.current
  const named = map.indexDevices.flatMap((device) => options.driveOf(device) ?? [])
  const openings = named.map((drive) => ({ drive, work: drive.medium.open() }))
  const tasks = openings.map(({ work }) => ({ work, counts: true }))
  const outcomes = await settleTogether(tasks, { clock: runtime.clock, patienceMs })
  const open = openings.flatMap(({ drive }, number) => replicaIn(drive, outcomes[number]))
  const refused = openings.flatMap(({ drive }, number) => refusalIn(drive, outcomes[number]))
  const [best, ...others] = open.sort((a, b) => b.opened.lastSeq - a.opened.lastSeq)
  if (best === undefined)
    throw (
      onlyReason(refused) ??
      new IndexLostError(
        map,
        refused.map(({ error }) => error),
      )
    )

  const more = await recordsOfDamaged(refused, best.opened.lastSeq)
  const whole: WholeReplica[] = []
  for (const replica of [best, ...others]) {
    const source = recordsBehind(whole[0] ?? best, replica.opened.lastSeq, more)
    await bringUp(replica, source, maps.term).then(
      (each) => whole.push(each),
      async (error) => {
        refused.push({ drive: replica.drive, error })
        await replica.opened.index.close()
      },
    )
  }
  const [first, ...rest] = whole
  if (first === undefined)
    throw new IndexLostError(
      map,
      refused.map(({ error }) => error),
    )
  for (const { drive, error } of refused) {
    runtime.events.driveFault({ drive: drive.drive.name, what: 'open the index; it is put there anew', error })
  }
  const devices = whole.map(({ drive }) => drive.device)
  await maps.change((now) => (isSameSet(now.indexDevices, devices) ? now : setIndexDevices(now, devices)))
  const set = new ReplicaSet(options, [first, ...rest])
  for (const [number, { drive, work }] of openings.entries()) {
    if (outcomes[number]?.state === 'late')
      set.waitFor(
        drive.device,
        work.then((opened) => opened.index.close()),
      )
  }
  await set.journal.open()
  return set
}

function replicaIn(drive: IndexDrive, outcome: Outcome<WholeReplica['opened']> | undefined): WholeReplica[] {
  return outcome?.state === 'done' ? [{ drive, opened: outcome.value }] : []
}

function refusalIn(drive: IndexDrive, outcome: Outcome<unknown> | undefined): Refused[] {
  if (outcome === undefined || outcome.state === 'done') return []
  return [{ drive, error: outcome.state === 'failed' ? outcome.error : new Error('the drive did not answer in time') }]
}

/** A store with one index drive says itself what is wrong. */
function onlyReason(refused: readonly Refused[]): unknown {
  return refused.length === 1 ? refused[0]?.error : undefined
}

/**
 * What damaged journals have behind the last commit of the best: its own end may be what is damaged there.
 * @throws JournalDamagedError when commits in between cannot be read anywhere
 */
async function recordsOfDamaged(refused: readonly Refused[], lastSeq: number): Promise<JournalRecord[]> {
  const found: JournalRecord[] = []
  for (const { drive, error } of refused) {
    if (!(error instanceof JournalDamagedError)) continue
    const reachedSeq = found.at(-1)?.lastSeq ?? lastSeq
    const { records, newestSeq } = await salvageJournal(drive.drive, reachedSeq)
    found.push(...records)
    if (newestSeq > (found.at(-1)?.lastSeq ?? lastSeq)) throw error
  }
  return found
}

/** Records that a replica lacks: from the journal of one that is whole, then those of damaged ones. */
async function* recordsBehind(
  source: WholeReplica,
  afterSeq: number,
  more: readonly JournalRecord[],
): AsyncGenerator<JournalRecord, void, undefined> {
  let seq = afterSeq
  if (source.opened.lastSeq > seq) {
    for await (const record of readJournal(source.drive.drive, seq)) {
      seq = record.lastSeq
      yield record
    }
    if (seq < source.opened.lastSeq)
      throw new Error(`its journal has nothing between ${seq} and ${source.opened.lastSeq}`)
  }
  for (const record of more) if (record.firstSeq > seq) yield record
}

/** Writes what a replica lacks to its journal and its index; then it is as good as any. */
async function bringUp(
  { drive, opened }: WholeReplica,
  records: AsyncIterable<JournalRecord>,
  term: number,
): Promise<WholeReplica> {
  let { lastSeq } = opened
  const journal = new Journal(drive.drive, term)
  const writer = new ByteWriter(4096)
  let isBegun = false
  for await (const record of records) {
    if (!isBegun) await journal.open()
    isBegun = true
    await journal.append(encodeJournalRecord({ ...record, term }, writer), record.firstSeq)
    opened.index.apply(record.writes)
    lastSeq = record.lastSeq
  }
  await journal.close()
  if (opened.needsSnapshot) await drive.medium.takeSnapshot(opened.index)
  return { drive, opened: { ...opened, lastSeq } }
}

function isSameSet(some: readonly number[], others: readonly number[]): boolean {
  return some.length === others.length && others.every((each) => some.includes(each))
}
