import { formatBinaryMap } from '../binary/format-binary-map.ts'
import { formatCrushDump } from '../json/format-crush-dump.ts'
import { checkMap } from '../map/check.ts'
import { drawTree, treeOf } from '../map/draw-tree.ts'
import { fromWeight } from '../map/weight.ts'
import { formatTextMap } from '../text/format-text-map.ts'
import { integer, parseCommandLine, UsageError } from './arguments.ts'
import { type Console, printJson } from './console.ts'
import { readMap } from './read-map.ts'

const files = {
  input: { type: 'string', short: 'i' },
  output: { type: 'string', short: 'o' },
  json: { type: 'boolean' },
} as const

/** `crush compile`: any form of a map to the binary form that clusters take. */
export function compileCommand(console: Console, args: readonly string[]): void {
  const { values, positionals } = parseCommandLine(args, files, 1)
  const map = readMap(console, values.input ?? positionals[0])
  checkMap(map)
  const bytes = formatBinaryMap(map)
  if (values.output === undefined) throw new UsageError('the output file is missing: -o FILE')
  console.writeFile(values.output, bytes)
  const { buckets, devices, rules } = map
  const summary = {
    output: values.output,
    bytes: bytes.length,
    devices: devices.length,
    buckets: buckets.length,
    rules: rules.length,
  }
  if (values.json) printJson(console, summary)
  else {
    console.print(
      `${values.output}: ${bytes.length} bytes, ${devices.length} devices, ${buckets.length} crush buckets, ${rules.length} rules\n`,
    )
  }
}

/** `crush decompile`: any form of a map to text, or with --json to the form of `ceph osd crush dump`. */
export function decompileCommand(console: Console, args: readonly string[]): void {
  const { values, positionals } = parseCommandLine(args, { ...files, digits: { type: 'string' } }, 1)
  const map = readMap(console, values.input ?? positionals[0])
  const digits = integer('digits', values.digits, 0)
  const text = values.json
    ? `${JSON.stringify(formatCrushDump(map), null, 2)}\n`
    : formatTextMap(map, digits === undefined ? {} : { weightDigits: digits })
  if (values.output === undefined) console.print(text)
  else console.writeFile(values.output, text)
}

/** `crush tree`: the map drawn as a tree. */
export function treeCommand(console: Console, args: readonly string[]): void {
  const { input, json } = files
  const { values, positionals } = parseCommandLine(args, { input, json, shadow: { type: 'boolean' } }, 1)
  const map = readMap(console, values.input ?? positionals[0])
  checkMap(map)
  const options = { shadows: values.shadow === true }
  const withUnits = (node: ReturnType<typeof treeOf>[number]): unknown => ({
    ...node,
    weight: fromWeight(node.weight),
    children: node.children.map(withUnits),
  })
  if (values.json) printJson(console, treeOf(map, options).map(withUnits))
  else console.print(drawTree(map, options))
}
