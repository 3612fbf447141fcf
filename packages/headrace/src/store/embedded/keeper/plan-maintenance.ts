import { decodeNumber, decodeSegmentRow, encodeNumber, encodeSegmentRow, encodeSession } from '../format/counters.ts'
import { type ChunkLocation, type DataRow, decodeDataRow, encodeDataRow, sameLocation } from '../format/data-row.ts'
import { decodeSuspects, encodeSuspects } from '../format/suspects.ts'
import { metaKeys, segmentKey, sessionKey } from '../index/keys.ts'
import type { ChunksChange, Mutations, PlacedChunks } from './mutation.ts'
import type { Plan } from './plan.ts'

export function openSession(plan: Plan, row: Mutations['openSession']['input']): { session: number } {
  plan.context.claim('session numbers')
  const next = plan.index.get('meta', metaKeys.nextSession)
  const session = next === undefined ? 1 : decodeNumber(next)
  plan.put('meta', metaKeys.nextSession, encodeNumber(session + 1))
  plan.put('sessions', sessionKey(session), encodeSession(row))
  return { session }
}

export function closeSession(plan: Plan, { session }: Mutations['closeSession']['input']): null {
  plan.remove('sessions', sessionKey(session))
  return null
}

export function sealSegment(plan: Plan, { device, segment, sizeBytes }: Mutations['sealSegment']['input']): null {
  const key = segmentKey(device, segment)
  // Its counts change with every batch, so this has to be in one that does not touch them.
  plan.context.claim(`segment ${key.toString('hex')}`)
  const bytes = plan.index.get('segments', key)
  const row = bytes === undefined ? { liveRecords: 0, liveBytes: 0 } : decodeSegmentRow(bytes)
  plan.put('segments', key, encodeSegmentRow({ ...row, sealedBytes: Math.max(1, sizeBytes) }))
  return null
}

/** A chunk's old place goes to the trash: somebody may be reading there. */
export function moveChunks(plan: Plan, { moves }: Mutations['moveChunks']['input']): { moved: number } {
  let moved = 0
  for (const { dataId, from, to } of moves) {
    plan.context.claim(`data ${dataId.toString('latin1')}`)
    const bytes = plan.index.get('data', dataId)
    const row = bytes && decodeDataRow(bytes)
    if (row === undefined || row.chunks === 'inline') continue
    const place = row.chunks.findIndex((chunk) => sameLocation(chunk, from))
    if (place < 0) continue
    plan.put('data', dataId, encodeDataRow({ ...row, chunks: row.chunks.with(place, to) }))
    plan.addTrash(dataId, { ...row, chunks: [from] })
    plan.countChunk(to, 1)
    moved += 1
  }
  return { moved }
}

/** Chunks that were rebuilt, moved or coded anew. A row that has changed since it was looked at is left alone. */
export function replaceChunks(
  plan: Plan,
  { changes }: Mutations['replaceChunks']['input'],
): Mutations['replaceChunks']['result'] {
  return { replaced: changes.map((change) => replaceRow(plan, change)) }
}

function replaceRow(plan: Plan, { dataId, from, to }: ChunksChange): boolean {
  plan.context.claim(`data ${dataId.toString('latin1')}`)
  const bytes = plan.index.get('data', dataId)
  const row = bytes && decodeDataRow(bytes)
  if (row === undefined || row.chunks === 'inline' || !isSameRow(row, from)) return false
  const isKept = (chunk: ChunkLocation, number: number) => sameLocation(chunk, to.chunks[number] ?? { kind: 'missing' })
  // Places in the trash have the numbers of their chunks, which are part of the names of files.
  const trash = row.chunks.map((chunk, number) => (isKept(chunk, number) ? ({ kind: 'missing' } as const) : chunk))
  if (trash.some(({ kind }) => kind !== 'missing')) plan.addTrash(dataId, { ...row, chunks: trash })
  for (const [number, chunk] of to.chunks.entries()) {
    if (!sameLocation(chunk, row.chunks[number] ?? { kind: 'missing' })) plan.countChunk(chunk, 1)
  }
  plan.putData(dataId, { ...row, pool: to.pool, chunks: to.chunks })
  return true
}

function isSameRow(row: DataRow, { pool, chunks }: PlacedChunks): boolean {
  if (row.chunks === 'inline' || row.pool !== pool || row.chunks.length !== chunks.length) return false
  return row.chunks.every((chunk, number) => {
    const other = chunks[number] as ChunkLocation
    return (chunk.kind === 'missing' && other.kind === 'missing') || sameLocation(chunk, other)
  })
}

/** Chunks that could not be read as they were written: they are to be looked at, and healed. */
export function suspectChunks(plan: Plan, { chunks }: Mutations['suspectChunks']['input']): null {
  for (const { dataId, chunk } of chunks) {
    plan.context.claim(`data ${dataId.toString('latin1')}`)
    if (plan.index.get('data', dataId) === undefined) continue
    const before = plan.index.get('degraded', dataId)
    const mask = before === undefined ? 0 : decodeSuspects(before)
    plan.put('degraded', dataId, encodeSuspects((mask | (1 << chunk)) >>> 0))
  }
  return null
}

/** Chunks that were suspected and found to be good. */
export function clearSuspects(plan: Plan, { dataIds }: Mutations['clearSuspects']['input']): null {
  for (const dataId of dataIds) {
    plan.context.claim(`data ${dataId.toString('latin1')}`)
    const bytes = plan.index.get('data', dataId)
    if (bytes === undefined) plan.remove('degraded', dataId)
    else plan.putDegraded(dataId, decodeDataRow(bytes))
  }
  return null
}

export function emptyTrash(plan: Plan, { keys }: Mutations['emptyTrash']['input']): null {
  for (const key of keys) {
    plan.context.claim(`trash ${key.toString('hex')}`)
    const bytes = plan.index.get('trash', key)
    if (bytes === undefined) continue
    const { chunks } = decodeDataRow(bytes)
    if (chunks !== 'inline') for (const chunk of chunks) plan.countChunk(chunk, -1)
    plan.remove('trash', key)
  }
  return null
}

export function dropSegments(plan: Plan, { keys }: Mutations['dropSegments']['input']): null {
  for (const key of keys) {
    plan.context.claim(`segment ${key.toString('hex')}`)
    const bytes = plan.index.get('segments', key)
    if (bytes === undefined) continue
    const { liveRecords, sealedBytes } = decodeSegmentRow(bytes)
    if (liveRecords === 0 && sealedBytes > 0) plan.remove('segments', key)
  }
  return null
}
