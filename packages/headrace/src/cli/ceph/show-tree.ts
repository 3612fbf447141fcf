import { bar, formatBytes, formatCount, formatPercent } from '../store/format.ts'
import { right, table } from '../store/table.ts'
import type { ClusterNode, ClusterTree, OsdState } from './tree.ts'

const barCells = 10

const columns = [
  right('ID'),
  'CLASS',
  right('WEIGHT'),
  right('REWEIGHT'),
  right('SIZE'),
  right('USED'),
  'FILL',
  right(''),
  right('PGS'),
  'STATE',
  'NAME',
]

export function showTree({ roots, strays }: ClusterTree): string {
  const rows: string[][] = []
  const walk = (node: ClusterNode, own: string, below: string) => {
    rows.push([...cells(node), `${own}${node.type} ${node.name}`])
    node.children.forEach((child, index) => {
      const isLast = index === node.children.length - 1
      walk(child, `${below}${isLast ? '└─ ' : '├─ '}`, `${below}${isLast ? '   ' : '│  '}`)
    })
  }
  for (const root of roots) walk(root, '', '')
  const drawn = table(columns, rows)
  if (strays.length === 0) return drawn
  return `${drawn}\nNot in the tree: ${strays.map((id) => `osd.${id}`).join(' ')}`
}

function cells({ id, class: deviceClass, weight, sizeBytes, usedBytes, pgs, osd }: ClusterNode): string[] {
  const fill = sizeBytes === null || usedBytes === null || sizeBytes === 0 ? undefined : usedBytes / sizeBytes
  return [
    String(id),
    deviceClass ?? '',
    weight.toFixed(3),
    osd === undefined ? '' : osd.reweight.toFixed(3),
    sizeBytes === null ? '–' : formatBytes(sizeBytes),
    usedBytes === null ? '–' : formatBytes(usedBytes),
    fill === undefined ? '' : bar(fill, barCells),
    fill === undefined ? '–' : formatPercent(fill),
    pgs === null || (id < 0 && pgs === 0) ? '–' : formatCount(pgs),
    id < 0 ? '' : stateOf(osd),
  ]
}

/** `up`, or all that is not as it should be. */
function stateOf(osd: OsdState | undefined): string {
  if (osd === undefined) return 'unknown'
  const words = [osd.isUp ? undefined : 'down', osd.isIn ? undefined : 'out']
  const state = words.filter((word) => word !== undefined).join(', ') || 'up'
  return osd.primaryAffinity === 1 ? state : `${state}, affinity ${osd.primaryAffinity.toFixed(2)}`
}
