import { parseOsdDump } from '../json/parse-osd-dump.ts'
import type { CrushMap } from '../map/crush-map.ts'
import { namesById } from '../map/names.ts'
import { allIn, diffPlacement, type PlacementDiff } from '../pool/placement-diff.ts'
import { createPool, type Pool } from '../pool/pool.ts'
import { applyWeights, integer, parseCommandLine, required, UsageError } from './arguments.ts'
import { type Console, printJson } from './console.ts'
import { readMap } from './read-map.ts'

const options = {
  rule: { type: 'string' },
  size: { type: 'string' },
  pgs: { type: 'string' },
  'pool-id': { type: 'string' },
  erasure: { type: 'boolean' },
  'osd-dump': { type: 'string' },
  pool: { type: 'string' },
  'bytes-per-pg': { type: 'string' },
  weight: { type: 'string', multiple: true },
  json: { type: 'boolean' },
} as const

/** `crush diff BEFORE AFTER`: what moves when the second map replaces the first. */
export function diffCommand(console: Console, args: readonly string[]): void {
  const { values, positionals } = parseCommandLine(args, options, 2)
  if (positionals.length !== 2) throw new UsageError('two map files are needed: crush diff BEFORE AFTER')
  const before = readMap(console, positionals[0])
  const after = readMap(console, positionals[1])
  const bytesPerPg = integer('bytes-per-pg', values['bytes-per-pg'], 0) ?? 1
  const { pool, weights } = poolOf(console, values)
  const diff = diffPlacement(before, after, pool, {
    bytesPerPg,
    weightsBefore: weights ?? allIn(before),
    weightsAfter: applyWeights(values.weight, weights?.slice() ?? allIn(after)),
  })
  if (values.json) printJson(console, diff)
  else console.print(describe(diff, after, before, values['bytes-per-pg'] === undefined))
}

function poolOf(
  console: Console,
  values: Partial<Record<'osd-dump' | 'pool' | 'rule' | 'size' | 'pgs' | 'pool-id', string>> & { erasure?: boolean },
): { pool: Pool; weights?: Uint32Array } {
  if (values['osd-dump'] !== undefined) {
    const cluster = parseOsdDump(new TextDecoder().decode(console.readFile(values['osd-dump'])))
    const pool = cluster.pools.find((each) => each.name === values.pool)
    if (pool !== undefined) return { pool, weights: cluster.deviceWeights }
    throw new UsageError(`--pool must be one of ${cluster.pools.map((each) => each.name).join(', ')}`)
  }
  const pool = createPool({
    id: integer('pool-id', values['pool-id'], 0) ?? 1,
    name: values.pool ?? 'pool',
    kind: values.erasure ? 'erasure' : 'replicated',
    rule: required('rule', integer('rule', values.rule, 0)),
    size: required('size', integer('size', values.size, 1)),
    pgCount: required('pgs', integer('pgs', values.pgs, 1)),
  })
  return { pool }
}

/** The difference in words and a table. Without sizes a byte stands for one copy or chunk of a placement group. */
function describe(diff: PlacementDiff, after: CrushMap, before: CrushMap, countsPgs: boolean): string {
  const nameAfter = namesById(after)
  const nameBefore = namesById(before)
  const known = new Set(after.devices.map((device) => device.id))
  const unit = countsPgs ? 'PGs' : 'bytes'
  const share = (part: number) => (diff.totalBytes > 0 ? `${((100 * part) / diff.totalBytes).toFixed(2)} %` : '0 %')
  const rows = diff.devices
    .filter((device) => device.bytesIn + device.bytesOut > 0)
    .map(({ device, bytesBefore, bytesAfter, bytesIn, bytesOut }) => {
      const name = known.has(device) ? nameAfter(device) : nameBefore(device)
      return [name, bytesBefore, bytesAfter, bytesIn, bytesOut].map(String)
    })
  const table = [['DEVICE', 'BEFORE', 'AFTER', 'IN', 'OUT'], ...rows]
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...table.map((row) => row[column]!.length)))
  const lines = table.map((row) =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join('  '),
  )
  return `${[
    `${diff.moved.length} of ${diff.pool.pgCount} placement groups move, ${diff.reordered} keep their devices in another order`,
    `moved: ${diff.movedBytes} ${unit} of ${diff.totalBytes} (${share(diff.movedBytes)})`,
    `least for this fill: ${diff.minimumBytes} ${unit} (${share(diff.minimumBytes)})`,
    `least by weight: ${Math.round(diff.minimumBytesByWeight)} ${unit} (${share(diff.minimumBytesByWeight)})`,
    ...lines,
  ].join('\n')}\n`
}
