import type { SegmentId } from '../format/data-row.ts'

/** Folders of a drive. */
export const folders = {
  chunks: 'chunks',
  segments: 'segments',
  temporary: 'tmp',
  journal: 'journal',
  index: 'index',
  snapshots: 'snapshots',
} as const

function hex(value: number): string {
  return value.toString(16).padStart(8, '0')
}

/**
 * Where a chunk file lies. Ids begin with their time, so the first five digits are a folder for three days: what a dead
 * session left behind is looked for in few folders. The last two digits spread the files of these days.
 */
export function chunkPath(dataId: Buffer, chunk: number, session: number): string {
  const id = dataId.toString('hex')
  return `${chunkFolder(id)}/${id}-${hex(session)}.${chunk}`
}

function chunkFolder(id: string): string {
  return `${folders.chunks}/${id.slice(0, 5)}/${id.slice(-2)}`
}

/** What the name of a chunk file says; undefined for a file that is none. */
export function parseChunkName(name: string): { dataId: Buffer; session: number; chunk: number } | undefined {
  const match = /^([0-9a-f]{32})-([0-9a-f]{8})\.(\d+)$/.exec(name)
  if (match === null) return undefined
  const [, id = '', session = '', chunk = ''] = match
  return { dataId: Buffer.from(id, 'hex'), session: Number.parseInt(session, 16), chunk: Number(chunk) }
}

export function temporaryPath(dataId: Buffer, session: number): string {
  return `${folders.temporary}/${hex(session)}-${dataId.toString('hex')}`
}

export function sessionOfTemporary(name: string): number | undefined {
  const match = /^([0-9a-f]{8})-[0-9a-f]{32}$/.exec(name)
  return match?.[1] === undefined ? undefined : Number.parseInt(match[1], 16)
}

export function segmentPath({ session, number }: SegmentId): string {
  return `${folders.segments}/${hex(session)}-${hex(number)}.segment`
}

export function parseSegmentName(name: string): SegmentId | undefined {
  const match = /^([0-9a-f]{8})-([0-9a-f]{8})\.segment$/.exec(name)
  if (match === null) return undefined
  const [, session = '', number = ''] = match
  return { session: Number.parseInt(session, 16), number: Number.parseInt(number, 16) }
}
