import { firstSerial, type SegmentId } from '../format/data-row.ts'

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

/** Which file of a data a chunk is in. */
export interface ChunkFileName {
  readonly dataId: Buffer
  readonly chunk: number
  readonly session: number
  readonly serial: number
}

/**
 * Where a chunk file lies. Ids begin with their time, so the first five digits are a folder for three days: what a dead
 * session left behind is looked for in few folders. The last two digits spread the files of these days.
 */
export function chunkPath(name: ChunkFileName): string {
  return `${chunkFolder(name.dataId.toString('hex'))}/${fileName(name)}.${name.chunk}`
}

function fileName({ dataId, session, serial }: ChunkFileName): string {
  return `${dataId.toString('hex')}-${hex(session)}${serial === firstSerial ? '' : `-${hex(serial)}`}`
}

function chunkFolder(id: string): string {
  return `${folders.chunks}/${id.slice(0, 5)}/${id.slice(-2)}`
}

/** What the name of a chunk file says; undefined for a file that is none. */
export function parseChunkName(name: string): ChunkFileName | undefined {
  const match = /^([0-9a-f]{32})-([0-9a-f]{8})(?:-([0-9a-f]{8}))?\.(\d+)$/.exec(name)
  if (match === null) return undefined
  const [, id = '', session = '', serial, chunk = ''] = match
  return {
    dataId: Buffer.from(id, 'hex'),
    session: Number.parseInt(session, 16),
    serial: serial === undefined ? firstSerial : Number.parseInt(serial, 16),
    chunk: Number(chunk),
  }
}

/** Where a chunk file is written before it has its name. */
export function temporaryPath(name: ChunkFileName): string {
  return `${folders.temporary}/${hex(name.session)}-${fileName(name)}.${name.chunk}`
}

export function sessionOfTemporary(name: string): number | undefined {
  const match = /^([0-9a-f]{8})-[0-9a-f]{32}/.exec(name)
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
