import { rowFacts } from '../../placed-row.ts'
import { allEnded } from '../all-ended.ts'
import type { MadeChunks } from '../made-chunks.ts'
import { countCommitted, memoryOf } from '../mend-row.ts'
import type { MendTools } from '../mend-tools.ts'
import { type PlainRow, plainRow } from './plain-row.ts'
import { readTogether } from './read-together.ts'
import { RowMaking } from './row-making.ts'

interface MadeRow {
  readonly row: PlainRow
  readonly made: MadeChunks
}

/** Rows to be mended together. */
export interface Batch {
  readonly ids: readonly Buffer[]
  /** A device to be read from only where there is no other. */
  readonly avoided: number | undefined
}

/**
 * Mends rows together, as far as they are plain: they share reads where they stand side by side, syncs, and one commit.
 * @returns those that are left, to be looked at one by one: they are not plain, were changed meanwhile, or something was
 * in the way of them. Nothing is left behind of what was begun for them.
 */
export async function mendTogether(batch: Batch, tools: MendTools, signal: AbortSignal): Promise<readonly Buffer[]> {
  const rows = plainRows(batch, tools)
  if (rows.length === 0) return batch.ids
  const left = new Set(batch.ids)
  try {
    const made = await makeAll(rows, tools, signal)
    for (const { row } of await commit(made, tools)) left.delete(row.facts.dataId)
  } catch (error) {
    if (signal.aborted) throw error
    // Who looks at them one by one finds out whose fault it is.
    tools.store.runtime.events.log.debug({ err: error, rows: rows.length }, 'rows could not be mended together')
  }
  return [...left]
}

function plainRows({ ids, avoided }: Batch, tools: MendTools): PlainRow[] {
  return ids.flatMap((dataId) => {
    const facts = rowFacts(tools.store, dataId)
    return (facts && plainRow(facts, avoided, tools)) ?? []
  })
}

/** @returns those whose chunks are durable, and that no row names yet */
async function makeAll(rows: readonly PlainRow[], tools: MendTools, signal: AbortSignal): Promise<MadeRow[]> {
  const memory = await tools.memory.take(rows.reduce((sum, { plan, data }) => sum + memoryOf(plan, data), 0))
  const makings: RowMaking[] = []
  try {
    for (const row of rows) makings.push(await RowMaking.begin(row, tools))
    const space = makings.flatMap((making) => making.space)
    return await tools.space.during(space, async () => {
      const filled = await tools.pacer.during(() => fillAll(makings, tools), signal)
      memory.keep(filled.reduce((sum, { heldBytes }) => sum + heldBytes, 0))
      return await finishAll(filled)
    })
  } finally {
    for (const making of makings) making.release()
    memory.give()
  }
}

/** @returns those that succeeded */
async function fillAll(makings: readonly RowMaking[], tools: MendTools): Promise<RowMaking[]> {
  const reads = makings.flatMap((making) => making.reads)
  const headers = readTogether(reads, tools.files)
  return await succeeded(makings, (making) => making.fill(headers, tools).then(() => making))
}

async function finishAll(makings: readonly RowMaking[]): Promise<MadeRow[]> {
  return await succeeded(makings, async (making) => {
    const made = await making.finish()
    making.release()
    return { row: making.row, made }
  })
}

async function succeeded<T>(makings: readonly RowMaking[], work: (making: RowMaking) => Promise<T>): Promise<T[]> {
  const done = await allEnded(
    makings.map(async (making) => {
      try {
        return [await work(making)]
      } catch {
        // Who looks at it by itself finds out why.
        await making.abandon()
        return []
      }
    }),
  )
  return done.flat()
}

/** Has the rows name their chunks. @returns those that do; the others were changed in between */
async function commit(all: readonly MadeRow[], tools: MendTools): Promise<MadeRow[]> {
  if (all.length === 0) return []
  let replaced: readonly boolean[] = []
  try {
    const changes = all.map(({ row: { facts, plan }, made }) => {
      const { dataId, row } = facts
      const from = { pool: row.pool, chunks: row.chunks }
      return { dataId, from, to: { pool: plan.target.id, chunks: made.placedIn(plan.base) } }
    })
    replaced = (await tools.store.keeper.submit('replaceChunks', { changes })).replaced
  } finally {
    // When the keeper is gone, nobody knows: then the process ends, and what is left is swept with its session.
    await Promise.all(all.map(({ made }, index) => (replaced[index] === true ? made.settle() : made.abandon())))
  }
  const named = all.filter((_, index) => replaced[index] === true)
  for (const { row, made } of named) {
    countCommitted(row.plan, made, tools)
    tools.progressed(made.bytes)
  }
  return named
}
