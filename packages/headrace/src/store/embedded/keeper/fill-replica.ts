import type { Clock } from '../../../core/runtime.ts'
import { newestSeq } from '../index/entries.ts'
import type { Index } from '../index/index.ts'
import type { IndexDrive } from './index-medium.ts'
import type { ReplicatedIndex } from './index-replicas.ts'
import { readJournal } from './journal-records.ts'
import type { OpenedIndex } from './open-index.ts'

/** Records that are applied in one go: commits have their turn in between. */
const recordsAtOnce = 8
/** A record is applied as soon as it is in the journal. */
const appliedTriesMax = 1_000

export interface FillOptions {
  readonly source: ReplicatedIndex
  /** The drive's journal has every record behind this commit. */
  readonly afterSeq: number
  readonly clock: Clock
  /** @throws Error when the drive was lost meanwhile */
  readonly requireUse: () => void
}

/**
 * Copies the index to a drive as a snapshot, opens that, brings it up by what the drive's journal got meanwhile, and
 * makes it one of the replicas. Commits go on all the time.
 */
export async function fillReplica(target: IndexDrive, options: FillOptions): Promise<OpenedIndex> {
  const { source, requireUse } = options
  await untilApplied(options)
  const seq = await target.medium.takeSnapshot(source)
  const opened = await target.medium.openSnapshot()
  try {
    if (opened.lastSeq < seq) throw new Error('the copy of the index cannot be read')
    const copy = { target, index: opened.index, clock: options.clock }
    // Most of it before commits are kept for the replica, which takes memory.
    const mostSeq = await follow(copy, { from: opened.lastSeq, to: newestIn(source) })
    const place = source.reserve()
    try {
      await follow(copy, { from: mostSeq, to: place.afterSeq })
      requireUse()
      place.fill({ device: target.device, path: opened.path, index: opened.index })
    } catch (error) {
      place.cancel()
      throw error
    }
    return opened
  } catch (error) {
    await opened.index.close()
    throw error
  }
}

/** The last record before the first that the drive gets may be on its way from the journal to the index. */
async function untilApplied({ source, afterSeq, clock, requireUse }: FillOptions): Promise<void> {
  for (let tries = 1; newestIn(source) < afterSeq; tries += 1) {
    if (tries > appliedTriesMax) throw new Error(`commit ${afterSeq} does not come to the index`)
    await clock.sleep(1)
    requireUse()
  }
}

interface Copy {
  readonly target: IndexDrive
  readonly index: Index
  readonly clock: Clock
}

/** Applies what a drive's journal has, from behind one commit up to another, which it must have. */
async function follow({ target, index, clock }: Copy, { from, to }: { from: number; to: number }): Promise<number> {
  let seq = from
  let count = 0
  for await (const record of readJournal(target.drive, from)) {
    if (seq >= to) break
    index.apply(record.writes)
    seq = record.lastSeq
    count += 1
    if (count % recordsAtOnce === 0) await clock.sleep(0)
  }
  if (seq < to) throw new Error(`its journal ends at commit ${seq}, before ${to}`)
  return seq
}

function newestIn(index: Index): number {
  index.refresh()
  return newestSeq(index)
}
