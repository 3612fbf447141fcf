import type { ChunkExplanation, Explanation, ExtentExplanation } from '../../admin/store-reports.ts'
import { counted, formatBytes, formatCount, formatTime } from './format.ts'
import { driveNames, showWidth } from './show-status.ts'
import { facts, indent, table } from './table.ts'

/** Where each chunk of an object is, where it belongs, and why. */
export function showExplanation(explanation: Explanation): string {
  const { bucket, key, sizeBytes, storageClass, lastModifiedMs, etag, parts, extents, extentCount } = explanation
  const head = facts([
    ['Object', `${bucket}/${key}`],
    ['Size', `${formatCount(sizeBytes)} bytes${parts > 0 ? ` in ${counted(parts, 'part')}` : ''}, ${storageClass}`],
    ['Written', `${formatTime(lastModifiedMs)}, commit ${explanation.commitSeq}, ETag ${etag}`],
    ['Map', `epoch ${explanation.epoch}`],
  ])
  const shown = extents.map((extent, index) => showExtent(extent, `Extent ${index + 1} of ${extentCount}`))
  const more = extentCount > extents.length ? [`… and ${counted(extentCount - extents.length, 'extent')} more`] : []
  return [head, ...shown, ...more].join('\n\n')
}

function showExtent(extent: ExtentExplanation, title: string): string {
  const { dataId, offsetBytes, lengthBytes, dataBytes, references, placement } = extent
  const whole = lengthBytes === dataBytes ? '' : `bytes ${offsetBytes} to ${offsetBytes + lengthBytes - 1} of `
  const line = `${title}: ${whole}data ${dataId}, ${formatBytes(dataBytes)}, ${counted(references, 'reference')}`
  if (placement === null) return `${line}\n  in the index itself`
  const { pool, targetPool, deviceClass, failureDomain, pg, x, set, chunks } = placement
  const crush = facts([
    ['Pool', `${pool.pool}, ${showWidth(pool)} on ${deviceClass} drives, each on a ${failureDomain} of its own`],
    targetPool.pool === pool.pool
      ? undefined
      : ['To become', `${showWidth(targetPool)}, in pool ${targetPool.pool}: its profile was replaced`],
    ['CRUSH', `placement group ${pg}, x ${x}: ${driveNames(set)}`],
    ['Chunks', drawChunks(chunks)],
  ])
  const rows = chunks.map((chunk) => [
    `${chunk.chunk} ${chunk.role}`,
    chunk.at === null ? 'nowhere' : `drive ${chunk.at.drive}`,
    chunk.belongsOn === null ? 'no drive' : `drive ${chunk.belongsOn}`,
    chunk.state,
    chunk.at === null ? '' : `${chunk.at.file}${chunk.at.offsetBytes === null ? '' : ` at ${chunk.at.offsetBytes}`}`,
    chunk.why,
  ])
  const chunkTable = table(['CHUNK', 'IS ON', 'BELONGS ON', 'STATE', 'FILE', 'WHY'], rows)
  return `${line}\n${indent(`${crush}\n\n${chunkTable}`)}`
}

/** `data [4] [3>0] [6] [!2]  coding [5] [none>1]`: where each is, and where it will be; `!` when it cannot be read. */
function drawChunks(chunks: readonly ChunkExplanation[]): string {
  const roles = [...new Set(chunks.map(({ role }) => role))]
  return roles
    .map((role) => {
      const cells = chunks.filter((chunk) => chunk.role === role).map((chunk) => `[${drawChunk(chunk)}]`)
      return `${role} ${cells.join(' ')}`
    })
    .join('  ')
}

function drawChunk({ at, belongsOn, state }: ChunkExplanation): string {
  const isReadable = state === 'fine' || state === 'misplaced'
  const place = `${isReadable || at === null ? '' : '!'}${at?.drive ?? 'none'}`
  return at?.drive === belongsOn ? place : `${place}>${belongsOn ?? 'none'}`
}
