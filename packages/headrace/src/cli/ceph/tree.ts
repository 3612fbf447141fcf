import { fromWeight, type TreeNode, treeOf } from '@headrace/crush'
import type { Command } from 'commander'
import type { OsdDf, OsdDump } from './answers.ts'
import { readState } from './cluster-state.ts'
import { showTree } from './show-tree.ts'
import { type CephContext, type CephOptions, subcommand, withCeph } from './subcommand.ts'

/** A node of the CRUSH tree with what is known of it. Of a crush bucket, sizes and counts are sums of what is below. */
export interface ClusterNode {
  readonly id: number
  readonly name: string
  readonly type: string
  readonly class?: string
  /** CRUSH weight; by custom the size in TiB. */
  readonly weight: number
  /** Bytes; null where nothing is known of the OSDs' use. */
  readonly sizeBytes: number | null
  readonly usedBytes: number | null
  /** Placement groups that it holds a part of. */
  readonly pgs: number | null
  /** Of an OSD that the cluster knows. */
  readonly osd?: OsdState
  readonly children: readonly ClusterNode[]
}

export interface OsdState {
  readonly isUp: boolean
  readonly isIn: boolean
  /** 0 to 1. */
  readonly reweight: number
  readonly primaryAffinity: number
}

export interface ClusterTree {
  readonly roots: readonly ClusterNode[]
  /** OSDs that the cluster knows and that are nowhere in the tree: they hold nothing. */
  readonly strays: readonly number[]
}

export function treeCommand(context: CephContext): Command {
  const description = 'Draw the CRUSH tree: weights, usage, state.'
  return subcommand('tree', description, ['crushDump', 'osdDump', 'osdDf']).action((options: CephOptions) =>
    withCeph(context, options, async ({ source, show }) => {
      const { state, dump } = await readState(source)
      const df = source.has('osdDf') ? await source.answer('osdDf') : undefined
      const tree = toTree(treeOf(state.map), dump, df)
      show(tree, () => showTree(tree))
    }),
  )
}

function toTree(roots: readonly TreeNode[], dump: OsdDump, df: OsdDf | undefined): ClusterTree {
  const states = new Map(dump.osds.map((osd) => [osd.osd, toOsdState(osd)]))
  const usage = new Map(df?.nodes.map((node) => [node.id, node]))
  const seen = new Set<number>()
  const node = ({ id, name, type, weight, class: deviceClass, children: items }: TreeNode): ClusterNode => {
    if (id >= 0) seen.add(id)
    const children = items.map(node)
    const use = usage.get(id)
    const total = (pick: (child: ClusterNode) => number | null) =>
      children.reduce<number | null>((sum, child) => (sum === null ? null : sum + (pick(child) ?? 0)), df ? 0 : null)
    const osd = states.get(id)
    return {
      id,
      name,
      type,
      ...(deviceClass !== undefined && { class: deviceClass }),
      weight: fromWeight(weight),
      sizeBytes: use === undefined ? total((child) => child.sizeBytes) : use.kb * 1024,
      usedBytes: use === undefined ? total((child) => child.usedBytes) : use.kb_used * 1024,
      pgs: use === undefined ? total((child) => child.pgs) : use.pgs,
      ...(osd && { osd }),
      children,
    }
  }
  const drawn = roots.map(node)
  return { roots: drawn, strays: [...states.keys()].filter((id) => !seen.has(id)) }
}

function toOsdState(osd: OsdDump['osds'][number]): OsdState {
  return { isUp: osd.up === 1, isIn: osd.in === 1, reweight: osd.weight, primaryAffinity: osd.primary_affinity }
}
