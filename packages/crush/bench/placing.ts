// Mappings per second beside Ceph's crushtool, on the same maps, rules and inputs in one run: `node bench/placing.ts`
// (needs crushtool). Each figure is the median of the rounds; ours and theirs take turns, so that both meet the same
// machine. Prints a table in Markdown, or with --json one document.
import {
  addRule,
  allIn,
  type BucketAlgorithm,
  buildMap,
  type CrushMap,
  compileMap,
  doRule,
  formatTextMap,
  toWeight,
} from '../src/index.ts'
import { Crushtool } from '../test/crushtool.ts'

interface Workload {
  readonly name: string
  readonly map: CrushMap
  readonly size: number
  readonly inputs: number
}

const rounds = 7

function racks(width: number, kind: 'replicated' | 'erasure', algorithm: BucketAlgorithm = 'straw2'): CrushMap {
  const devices = Array.from({ length: width ** 3 }, (_, id) => ({
    path: `default/rack${Math.floor(id / width ** 2)}/host${Math.floor(id / width)}/osd.${id}`,
    weight: toWeight(1),
  }))
  const map = buildMap(devices, { types: ['root', 'rack', 'host', 'osd'], algorithm })
  return addRule(map, { name: 'rule', root: 'default', failureDomain: 'host', kind })
}

function drives(count: number, kind: 'replicated' | 'erasure'): CrushMap {
  const devices = Array.from({ length: count }, (_, id) => ({
    path: `default/host/osd.${id}`,
    weight: toWeight(1 + (id % 3)),
  }))
  const map = buildMap(devices, { types: ['root', 'host', 'osd'] })
  return addRule(map, { name: 'rule', root: 'default', failureDomain: 'osd', kind })
}

const workloads: readonly Workload[] = [
  { name: '3 copies, 1,000 devices in 10 × 10 × 10', map: racks(10, 'replicated'), size: 3, inputs: 100_000 },
  { name: '3 copies, 12 drives of one host', map: drives(12, 'replicated'), size: 3, inputs: 200_000 },
  { name: '8 + 3 chunks, 1,000 devices in 10 × 10 × 10', map: racks(10, 'erasure'), size: 11, inputs: 30_000 },
  { name: '8 + 3 chunks, 12 drives of one host', map: drives(12, 'erasure'), size: 11, inputs: 30_000 },
  ...(['uniform', 'list', 'tree', 'straw'] as const).map((algorithm) => ({
    name: `3 copies, 1,000 devices, ${algorithm}`,
    map: racks(10, 'replicated', algorithm),
    size: 3,
    inputs: 60_000,
  })),
]

/** Mappings per second of `doRule` on this thread. */
function ours({ map, size, inputs }: Workload): () => number {
  const compiled = compileMap(map)
  const weights = allIn(map)
  const result = new Int32Array(size)
  return () => {
    const startMs = performance.now()
    for (let x = 0; x < inputs; x += 1) doRule(compiled, 0, x, size, weights, result)
    return (inputs * 1000) / (performance.now() - startMs)
  }
}

/** Mappings per second of `crushtool --test`, less what it takes to start and read the map. */
function theirs(crushtool: Crushtool, { size, inputs }: Workload): () => number {
  const timeMs = (maxX: number) => {
    const startMs = performance.now()
    crushtool.run(
      '-i',
      crushtool.mapFile,
      '--test',
      '--rule',
      '0',
      '--num-rep',
      `${size}`,
      '--min-x',
      '0',
      '--max-x',
      `${maxX}`,
    )
    return performance.now() - startMs
  }
  return () => ((inputs - 1) * 1000) / (timeMs(inputs - 1) - timeMs(0))
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!
}

function measure(workload: Workload) {
  using crushtool = new Crushtool()
  crushtool.compile(formatTextMap(workload.map))
  const runOurs = ours(workload)
  const runTheirs = theirs(crushtool, workload)
  runOurs() // the first run is slower: code is not compiled yet
  const runs = Array.from({ length: rounds }, () => ({ ours: runOurs(), theirs: runTheirs() }))
  return {
    workload: workload.name,
    oursPerSecond: Math.round(median(runs.map((run) => run.ours))),
    crushtoolPerSecond: Math.round(median(runs.map((run) => run.theirs))),
    ratio: Number(median(runs.map((run) => run.ours / run.theirs)).toFixed(2)),
  }
}

const rows = workloads.map(measure)
if (process.argv.includes('--json')) console.log(JSON.stringify({ node: process.version, rounds, rows }, null, 2))
else {
  const number = (value: number) => value.toLocaleString('en')
  console.log('| workload | @headrace/crush, mappings/s | crushtool --test, mappings/s | ratio |\n|---|---|---|---|')
  for (const row of rows) {
    console.log(`| ${row.workload} | ${number(row.oursPerSecond)} | ${number(row.crushtoolPerSecond)} | ${row.ratio} |`)
  }
}
