import type { CrushMap } from './crush-map.ts'
import { namesById, typeNameOf } from './names.ts'
import { rootsOf } from './shadows.ts'
import { formatWeight } from './weight.ts'

/** A node of a map's tree, for programs that draw it themselves. */
export interface TreeNode {
  readonly id: number
  readonly name: string
  /** Name of its type. */
  readonly type: string
  /** 16.16: in its parent for an item, of its own for a root. */
  readonly weight: number
  /** Device class. */
  readonly class?: string
  readonly children: readonly TreeNode[]
}

/** The map's trees from their roots down; shadows are left out unless asked for. */
export function treeOf(map: CrushMap, options: { readonly shadows?: boolean } = {}): TreeNode[] {
  const buckets = map.buckets.filter((bucket) => options.shadows || !bucket.shadow)
  const byId = new Map(buckets.map((bucket) => [bucket.id, bucket]))
  const classes = new Map(map.devices.map((device) => [device.id, device.class]))
  const nameById = namesById(map)
  const node = (id: number, weight: number): TreeNode => {
    const bucket = byId.get(id)
    const deviceClass = bucket?.shadow?.class ?? classes.get(id)
    return {
      id,
      name: nameById(id),
      type: typeNameOf(map, bucket?.type ?? 0),
      weight,
      ...(deviceClass !== undefined && { class: deviceClass }),
      children: (bucket?.items ?? []).map((item) => node(item.id, item.weight)),
    }
  }
  return rootsOf(buckets)
    .toReversed()
    .map((root) => node(root.id, root.weight))
}

/** Draws the map's trees, a line for each device and crush bucket: id, class, weight, type and name. */
export function drawTree(map: CrushMap, options: { readonly shadows?: boolean } = {}): string {
  const rows: { node: TreeNode; branch: string }[] = []
  const walk = (node: TreeNode, own: string, below: string) => {
    rows.push({ node, branch: own })
    node.children.forEach((child, index) => {
      const isLast = index === node.children.length - 1
      walk(child, `${below}${isLast ? '└─ ' : '├─ '}`, `${below}${isLast ? '   ' : '│  '}`)
    })
  }
  for (const root of treeOf(map, options)) walk(root, '', '')
  const width = (cell: (node: TreeNode) => string, title: string) =>
    rows.reduce((most, { node }) => Math.max(most, cell(node).length), title.length)
  const columns = [
    { title: 'ID', cell: (node: TreeNode) => String(node.id), pad: 'padStart' },
    { title: 'CLASS', cell: (node: TreeNode) => node.class ?? '', pad: 'padEnd' },
    { title: 'WEIGHT', cell: (node: TreeNode) => formatWeight(node.weight, 3), pad: 'padStart' },
  ] as const
  const widths = columns.map(({ title, cell }) => width(cell, title))
  const head = columns.map(({ title, pad }, index) => title[pad](widths[index]!)).join('  ')
  const lines = rows.map(({ node, branch }) => {
    const cells = columns.map(({ cell, pad }, index) => cell(node)[pad](widths[index]!)).join('  ')
    return `${cells}  ${branch}${node.type} ${node.name}`
  })
  return `${[`${head}  NAME`, ...lines].join('\n')}\n`
}
