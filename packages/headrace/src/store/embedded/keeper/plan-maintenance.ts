import { decodeNumber, decodeSegmentRow, encodeNumber, encodeSegmentRow, encodeSession } from '../format/counters.ts'
import { type ChunkLocation, decodeDataRow, encodeDataRow } from '../format/data-row.ts'
import { metaKeys, segmentKey, sessionKey } from '../index/keys.ts'
import type { Mutations } from './mutation.ts'
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

function sameLocation(a: ChunkLocation, b: ChunkLocation): boolean {
  if (a.kind === 'segment' && b.kind === 'segment') {
    return a.offset === b.offset && segmentKey(a.device, a.segment).equals(segmentKey(b.device, b.segment))
  }
  return a.kind === 'file' && b.kind === 'file' && a.device === b.device && a.session === b.session
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
