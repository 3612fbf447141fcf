import { ChunkGoneError } from '../../store/embedded/data/chunk-reader.ts'
import { blockBytes, windowRows } from '../../store/embedded/data/pool.ts'
import { CorruptBlockError } from '../../store/embedded/data/span.ts'
import { isWantOfSpace, systemCode } from '../../store/embedded/drive/drive.ts'
import type { ChunkLocation } from '../../store/embedded/format/data-row.ts'
import type { StoredData } from '../../store/embedded/stripes/stored-data.ts'
import { DriveAwayError } from '../background-writer.ts'
import { examineChunk } from '../census/examine-chunk.ts'
import { rowFacts } from '../placed-row.ts'
import { allEnded } from './all-ended.ts'
import { TargetError } from './chunk-sink.ts'
import { Findings } from './findings.ts'
import { Hint } from './hint.ts'
import { MadeChunks } from './made-chunks.ts'
import { fillChunks, spanBlocks } from './make-chunks.ts'
import type { MendTools } from './mend-tools.ts'
import { type OpenSinks, openSinks } from './open-sinks.ts'
import { planRow, type RowFacts, type RowPlan } from './plan-row.ts'
import { putInQuarantine } from './quarantine.ts'
import { reencodeData } from './reencode-data.ts'
import { bestFirst, dataOf } from './row-sources.ts'
import { SourceError } from './source-error.ts'

/**
 * - `mended`: something was made, and its row names it.
 * - `nothing`: there was nothing to do, or the row is gone.
 * - `waiting`: something is left to do that cannot be done now: a drive is missing, full or away.
 * - `lost`: fewer than k chunks can be read. Nothing is done, and nothing deleted: drives may come back.
 */
export type Mended = 'mended' | 'nothing' | 'waiting' | 'lost'

/** A row is looked at again so often when something was found out about it, or it was changed, in between. */
const attemptsMax = 20

/** Looks at a row and does everything for it that can be done now. */
export async function mendRow(dataId: Buffer, tools: MendTools, signal: AbortSignal): Promise<Mended> {
  const findings = new Findings()
  for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
    const found = rowFacts(tools.store, dataId)
    if (found === undefined) return 'nothing'
    const facts: RowFacts = { ...found, ...findings.of(found.row) }
    const plan = planRow(facts, tools.store.maps.current)
    if (plan.suspected.length > 0) {
      await examine(facts, plan, findings, tools, signal)
      continue
    }
    if (plan.readable.length < plan.pool.k) return 'lost'
    if (plan.tasks.length === 0 && plan.target.id === plan.pool.id) {
      if (plan.isDegraded) return 'waiting'
      await forgetDegraded(found, tools)
      return 'nothing'
    }
    try {
      if (await carryOut(facts, plan, tools, signal)) return 'mended'
    } catch (error) {
      if (error instanceof SourceError) await report(facts, error, findings, tools)
      else if (isWorthWaiting(error)) return noteWaiting(error, tools)
      else throw error
    }
  }
  return 'waiting'
}

/** A row was noted that needs nothing, such as one that a writer with an old map has put where it belongs again. */
async function forgetDegraded({ dataId, suspects }: RowFacts, { store }: MendTools): Promise<void> {
  if (store.index.get('degraded', dataId) === undefined) return
  await store.keeper.submit('forgetDegraded', { rows: [{ dataId, suspects }] })
}

/** Looks at suspected chunks from end to end. Those that are good are cleared of the suspicion. */
async function examine(
  { dataId, row }: RowFacts,
  { pool, suspected }: RowPlan,
  findings: Findings,
  tools: MendTools,
  signal: AbortSignal,
): Promise<void> {
  const cleared: { dataId: Buffer; chunk: number }[] = []
  for (const chunk of suspected) {
    const location = row.chunks[chunk] as ChunkLocation
    const { state } = await examineChunk(
      { dataId, chunk, pool, lengthBytes: row.lengthBytes, location },
      'deep',
      tools,
      signal,
    )
    if (state === 'good') cleared.push({ dataId, chunk })
    if (state !== 'away') findings.add(row, chunk, state === 'good')
  }
  if (cleared.length > 0) await tools.store.keeper.submit('clearSuspects', { chunks: cleared })
}

/** A chunk turned out to be unreadable while others were made from it. */
async function report(
  { dataId, row }: RowFacts,
  { chunk, cause }: SourceError,
  findings: Findings,
  { store }: MendTools,
): Promise<void> {
  findings.add(row, chunk, false)
  const location = row.chunks[chunk]
  const isOfDrive = !(cause instanceof CorruptBlockError || cause instanceof ChunkGoneError)
  if (isOfDrive && location !== undefined && location.kind !== 'missing') store.reportTrouble(location.device, cause)
  store.runtime.events.log.warn({ err: cause, dataId: dataId.toString('hex'), chunk }, 'a chunk cannot be read')
  await store.keeper.submit('suspectChunks', { chunks: [{ dataId, chunk }] })
}

function isWorthWaiting(error: unknown): boolean {
  if (error instanceof TargetError || error instanceof DriveAwayError) return true
  return systemCode(error) === 'InsufficientStorage'
}

/** There may be very many of them: how many, the status tells. */
function noteWaiting(error: unknown, { store }: MendTools): 'waiting' {
  if (error instanceof TargetError && !isWantOfSpace(error.cause)) store.reportTrouble(error.device, error.cause)
  store.runtime.events.log.debug({ err: error }, 'a chunk cannot be put where it belongs; it is tried again later')
  return 'waiting'
}

/** Makes the chunks of a plan and has the row name them. @returns false when the row was changed in between */
async function carryOut(facts: RowFacts, plan: RowPlan, tools: MendTools, signal: AbortSignal): Promise<boolean> {
  const { dataId, row } = facts
  const made = await makeChunks(facts, plan, tools, signal)
  const empty = Array.from({ length: plan.target.k + plan.target.m }, (): ChunkLocation => ({ kind: 'missing' }))
  const chunks = made.placedIn(plan.kind === 'place' ? plan.base : empty)
  let isReplaced = false
  try {
    const change = { dataId, from: { pool: row.pool, chunks: row.chunks }, to: { pool: plan.target.id, chunks } }
    const { replaced } = await tools.store.keeper.submit('replaceChunks', { changes: [change] })
    isReplaced = replaced[0] === true
  } finally {
    // When the keeper is gone, nobody knows: then the process ends, and what is left is swept with its session.
    if (isReplaced) made.settle()
    else await made.abandon()
  }
  if (!isReplaced) return false
  countCommitted(plan, made, tools)
  await putInQuarantine(facts, tools)
  return true
}

/** A row names what was made. */
export function countCommitted(plan: RowPlan, made: MadeChunks, { figures }: MendTools): void {
  if (plan.target.id !== plan.pool.id) return figures.committed('reencoded', made.bytes)
  const copiedShare = plan.tasks.length === 0 ? 0 : plan.misplaced / plan.tasks.length
  figures.committed('moved', Math.round(made.bytes * copiedShare))
  figures.committed('healed', Math.round(made.bytes * (1 - copiedShare)))
}

/** @returns chunks that are durable and that no row names yet; on failure nothing is left of them */
async function makeChunks(facts: RowFacts, plan: RowPlan, tools: MendTools, signal: AbortSignal): Promise<MadeChunks> {
  const data = dataOf(facts, plan)
  const sources = bestFirst(plan, data.chunks, tools)
  const memory = await tools.memory.take(memoryOf(plan, data))
  let sinks: OpenSinks['sinks'] = new Map()
  try {
    const hint = new Hint()
    const opened = await openSinks(facts, plan, tools)
    sinks = opened.sinks
    const locations = await tools.space.during(opened.space, async () => {
      const release =
        plan.kind === 'place'
          ? await fillChunks({ data, tasks: plan.tasks, sources, sinks, hint }, tools, signal)
          : await reencodeData({ data, target: plan.target, sources, sinks, hint }, tools, signal)
      try {
        const finished = [...sinks].map(async ([chunk, sink]) => [chunk, await sink.finish(hint)] as const)
        return new Map(await allEnded(finished))
      } finally {
        release()
      }
    })
    return new MadeChunks([...sinks.values()], locations)
  } catch (error) {
    await new MadeChunks([...sinks.values()], new Map()).abandon()
    throw error
  } finally {
    memory.give()
  }
}

/** Bytes of memory that it takes to make the chunks of a plan. */
export function memoryOf(plan: RowPlan, data: Pick<StoredData, 'pool' | 'lengthBytes'>): number {
  const blocks = spanBlocks(data)
  if (plan.kind === 'place') {
    const moved = plan.tasks.filter(({ how }) => how === 'copy').length
    const rebuilt = plan.tasks.length - moved
    const { k } = plan.pool
    // Equal copies are written from where they were read to.
    return (moved + (rebuilt === 0 ? 0 : k) + (k === 1 ? 0 : rebuilt)) * blocks * blockBytes
  }
  const { target } = plan
  const outBytes = (target.k + target.m) * Math.max(blocks, windowRows(target)) * blockBytes
  return plan.pool.k * windowRows(plan.pool) * blockBytes + outBytes
}
