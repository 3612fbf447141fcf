import { compileMap } from '../choose/compile-map.ts'
import { type CompiledMap, none } from '../choose/compiled-map.ts'
import { doRule } from '../choose/do-rule.ts'
import { hash2 } from '../hash/rjenkins.ts'
import { checkMap } from '../map/check.ts'
import type { CrushRule } from '../map/crush-map.ts'
import { allIn } from '../pool/placement-diff.ts'
import { applyWeights, integer, parseCommandLine } from './arguments.ts'
import { type Console, printJson } from './console.ts'
import { readMap } from './read-map.ts'

/** Lines that are written at once. */
const batchLines = 4096

interface TestRun {
  readonly compiled: CompiledMap
  readonly weights: Uint32Array
  readonly minX: number
  readonly maxX: number
  readonly poolId: number | undefined
}

/** `crush test`: places a range of inputs and prints the lines that `crushtool --test` prints for the same options. */
export function testCommand(console: Console, args: readonly string[]): void {
  const { values } = parseCommandLine(
    args,
    {
      input: { type: 'string', short: 'i' },
      rule: { type: 'string' },
      'num-rep': { type: 'string' },
      x: { type: 'string' },
      'min-x': { type: 'string' },
      'max-x': { type: 'string' },
      'pool-id': { type: 'string' },
      'choose-args': { type: 'string' },
      weight: { type: 'string', multiple: true },
      'show-mappings': { type: 'boolean' },
      'show-bad-mappings': { type: 'boolean' },
      'show-statistics': { type: 'boolean' },
      json: { type: 'boolean' },
    },
    0,
  )
  const map = readMap(console, values.input)
  checkMap(map)
  const poolId = integer('pool-id', values['pool-id'], 0)
  const x = integer('x', values.x, 0)
  const minX = x ?? integer('min-x', values['min-x'], 0)
  const maxX = x ?? integer('max-x', values['max-x'], 0)
  const range = minX === undefined || maxX === undefined ? { minX: 0, maxX: 1023 } : { minX, maxX }
  const run: TestRun = {
    // The reference applies the set of id 0 whatever the pool.
    compiled: compileMap(map, { chooseArgs: integer('choose-args', values['choose-args'], -1) ?? 0 }),
    weights: applyWeights(values.weight, allIn(map)),
    ...range,
    poolId,
  }
  const ruleId = integer('rule', values.rule, 0)
  const size = integer('num-rep', values['num-rep'], 1)
  const rules = map.rules.filter((rule) => ruleId === undefined || rule.id === ruleId)
  const sizesOf = (rule: CrushRule) => (size === undefined ? sizesFrom(rule.minSize, rule.maxSize) : [size])
  if (values.json) {
    printJson(
      console,
      rules.flatMap((rule) => sizesOf(rule).map((each) => resultsOf(run, rule, each))),
    )
    return
  }
  const show = {
    mappings: values['show-mappings'] === true,
    bad: values['show-bad-mappings'] === true,
    statistics: values['show-statistics'] === true,
  }
  for (const rule of rules) {
    const sizes = sizesOf(rule)
    if (show.statistics) {
      console.print(
        `rule ${rule.id} (${rule.name}), x = ${run.minX}..${run.maxX}, numrep = ${sizes[0]}..${sizes.at(-1)}\n`,
      )
    }
    for (const each of sizes) printTest(console, run, rule, each, show)
  }
}

function sizesFrom(least: number, most: number): number[] {
  return Array.from({ length: Math.max(0, most - least + 1) }, (_, index) => least + index)
}

function* mappings(run: TestRun, rule: CrushRule, size: number): Generator<{ x: number; devices: Int32Array }> {
  const result = new Int32Array(size)
  for (let x = run.minX; x <= run.maxX; x += 1) {
    const input = run.poolId === undefined ? x : hash2(x, run.poolId)
    const count = doRule(run.compiled, rule.id, input, size, run.weights, result)
    yield { x, devices: result.subarray(0, count) }
  }
}

function printTest(
  console: Console,
  run: TestRun,
  rule: CrushRule,
  size: number,
  show: { mappings: boolean; bad: boolean; statistics: boolean },
): void {
  const countBySize = new Map<number, number>()
  let lines: string[] = []
  const flush = () => {
    if (lines.length > 0) console.print(`${lines.join('\n')}\n`)
    lines = []
  }
  for (const { x, devices } of mappings(run, rule, size)) {
    const list = `[${devices.join(',')}]`
    if (show.mappings) lines.push(`CRUSH rule ${rule.id} x ${x} ${list}`)
    const isWhole = devices.length === size && !devices.includes(none)
    if (show.bad && !isWhole) lines.push(`bad mapping rule ${rule.id} x ${x} num_rep ${size} result ${list}`)
    countBySize.set(devices.length, (countBySize.get(devices.length) ?? 0) + 1)
    if (lines.length >= batchLines) flush()
  }
  flush()
  if (!show.statistics) return
  const total = run.maxX - run.minX + 1
  for (const [found, count] of [...countBySize].sort(([a], [b]) => a - b)) {
    console.print(`rule ${rule.id} (${rule.name}) num_rep ${size} result size == ${found}:\t${count}/${total}\n`)
  }
}

function resultsOf(run: TestRun, rule: CrushRule, size: number) {
  const placed = [...mappings(run, rule, size).map(({ x, devices }) => ({ x, devices: [...devices] }))]
  return { rule: rule.id, name: rule.name, size, mappings: placed }
}
