import { chunkBytesOf } from '../../store/embedded/data/pool.ts'
import { ChunkSink } from './chunk-sink.ts'
import type { SpaceRequest } from './drive-space.ts'
import type { MendTools } from './mend-tools.ts'
import type { RowFacts, RowPlan } from './plan-row.ts'

export interface OpenSinks {
  /** By number of the chunk to be made. */
  readonly sinks: ReadonlyMap<number, ChunkSink>
  /** What they take on their drives. */
  readonly space: readonly SpaceRequest[]
}

/** Opens a sink for each chunk of a plan. Nothing is on a drive yet. @throws DriveAwayError */
export async function openSinks(
  { dataId, row }: RowFacts,
  { tasks, target }: RowPlan,
  { writer }: MendTools,
): Promise<OpenSinks> {
  const { k, m, blockBytes } = target
  const dataBytes = row.lengthBytes
  const sinks = new Map<number, ChunkSink>()
  const space: SpaceRequest[] = []
  for (const { chunk, to } of tasks) {
    const place = await writer.target(to)
    const chunkBytes = chunkBytesOf(target, dataBytes, chunk)
    const header = { dataId, chunk, dataBytes, chunkBytes, k, m, blockBytes, session: place.session }
    const sink = new ChunkSink(place, header)
    sinks.set(chunk, sink)
    space.push({ target: place, bytes: sink.bytes })
  }
  return { sinks, space }
}
