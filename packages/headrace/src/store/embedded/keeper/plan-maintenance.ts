import { decodeNumber, decodeSegmentRow, encodeNumber, encodeSegmentRow, encodeSession } from '../format/counters.ts'
import { type ChunkLocation, type DataRow, decodeDataRow, sameLocation } from '../format/data-row.ts'
import { decodeSuspects, encodeSuspects, suspectBit } from '../format/suspects.ts'
import { metaKeys, segmentKey, sessionKey, stateKey } from '../index/keys.ts'
import type { ChunksChange, Mutations, PlacedChunks } from './mutation.ts'
import { isMissingChunks, type Plan } from './plan.ts'

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

/** Chunks that were rebuilt, moved or coded anew. A row that has changed since it was looked at is left alone. */
export function replaceChunks(
  plan: Plan,
  { changes }: Mutations['replaceChunks']['input'],
): Mutations['replaceChunks']['result'] {
  // The index shows a row as it was before this mutation: a second change of it would undo the first.
  const seen = new Set<string>()
  const replaced = changes.map((change) => {
    const name = change.dataId.toString('latin1')
    if (seen.has(name)) return false
    seen.add(name)
    return replaceRow(plan, change)
  })
  return { replaced }
}

function replaceRow(plan: Plan, { dataId, from, to }: ChunksChange): boolean {
  plan.context.claim(`data ${dataId.toString('latin1')}`)
  const bytes = plan.index.get('data', dataId)
  const row = bytes && decodeDataRow(bytes)
  if (row === undefined || row.chunks === 'inline' || !isSameRow(row, from)) return false
  const before = row.chunks
  const placed = to.chunks.filter((chunk, number) => !sameLocation(chunk, before[number] ?? { kind: 'missing' }))
  if (placed.some((chunk) => chunk.kind !== 'missing' && !plan.context.hasDevice(chunk.device))) return false
  const isKept = (chunk: ChunkLocation, number: number) => sameLocation(chunk, to.chunks[number] ?? { kind: 'missing' })
  // Places in the trash have the numbers of their chunks, which are part of the names of files.
  const trash = before.map((chunk, number) => (isKept(chunk, number) ? ({ kind: 'missing' } as const) : chunk))
  if (trash.some(({ kind }) => kind !== 'missing')) plan.addTrash(dataId, { ...row, chunks: trash })
  for (const chunk of placed) plan.countChunk(chunk, 1)
  // Suspicion is of a place: it stays with those chunks that stay.
  const suspects = suspectsOf(plan, dataId) & maskOf(row.chunks.map((chunk, number) => isKept(chunk, number)))
  plan.putData(dataId, { ...row, pool: to.pool, chunks: to.chunks }, suspects >>> 0)
  return true
}

function suspectsOf(plan: Plan, dataId: Buffer): number {
  const bytes = plan.index.get('degraded', dataId)
  return bytes === undefined ? 0 : decodeSuspects(bytes)
}

function maskOf(flags: readonly boolean[]): number {
  return flags.reduce((mask, isSet, chunk) => (isSet ? mask | suspectBit(chunk) : mask), 0)
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
  for (const [dataId, mask] of byData(chunks)) {
    plan.context.claim(`data ${dataId.toString('latin1')}`)
    if (plan.index.get('data', dataId) === undefined) continue
    plan.put('degraded', dataId, encodeSuspects((suspectsOf(plan, dataId) | mask) >>> 0))
  }
  return null
}

/** Chunks that were suspected and found to be good. */
export function clearSuspects(plan: Plan, { chunks }: Mutations['clearSuspects']['input']): null {
  for (const [dataId, mask] of byData(chunks)) {
    plan.context.claim(`data ${dataId.toString('latin1')}`)
    const bytes = plan.index.get('data', dataId)
    if (bytes === undefined) plan.remove('degraded', dataId)
    else plan.putDegraded(dataId, decodeDataRow(bytes), (suspectsOf(plan, dataId) & ~mask) >>> 0)
  }
  return null
}

/** Rows that were among those to be healed and need nothing, unless something was found out about them since. */
export function forgetDegraded(plan: Plan, { rows }: Mutations['forgetDegraded']['input']): null {
  for (const { dataId, suspects } of rows) {
    plan.context.claim(`data ${dataId.toString('latin1')}`)
    const bytes = plan.index.get('data', dataId)
    const isLacking = bytes !== undefined && isMissingChunks(decodeDataRow(bytes))
    const isNoted = plan.index.get('degraded', dataId) !== undefined
    if (isNoted && !isLacking && suspectsOf(plan, dataId) === suspects) plan.remove('degraded', dataId)
  }
  return null
}

/** Chunks as masks, one for each data: a mutation sees the index as it was before it, and so writes each row once. */
function byData(chunks: Mutations['suspectChunks']['input']['chunks']): Iterable<[dataId: Buffer, mask: number]> {
  const masks = new Map<string, [dataId: Buffer, mask: number]>()
  for (const { dataId, chunk } of chunks) {
    const name = dataId.toString('latin1')
    masks.set(name, [dataId, ((masks.get(name)?.[1] ?? 0) | suspectBit(chunk)) >>> 0])
  }
  return masks.values()
}

/** What background work keeps over a restart: where it stands, and what it has found. */
export function keepState(plan: Plan, { name, value }: Mutations['keepState']['input']): null {
  plan.context.claim(`state of ${name}`)
  plan.put('meta', stateKey(name), value)
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
