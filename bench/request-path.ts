// `npm run bench [-- --rounds N --seconds S --rows a,b --keys N --only headrace,nginx --json FILE]`: the table of README.md,
// Headrace beside the other servers that are installed, all of them running at the same time and measured in turn, so that
// a noisy machine is noisy for all. Data goes to a temporary folder, which is removed at the end.
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { LoadJob, LoadResult } from './load/load.ts'
import { type Measured, machine, markdownTable, rateOf } from './report.ts'
import { type Row, tableRows } from './rows.ts'
import { startHeadrace, startHeadraceOnSix } from './targets/headrace.ts'
import { startNginx } from './targets/nginx.ts'
import { startMinio, startSeaweedfs, startVersitygw } from './targets/others.ts'
import { cpuMsOf } from './targets/server-process.ts'
import type { Target } from './targets/target.ts'

const starters = {
  headrace: startHeadrace,
  'headrace-4+2': startHeadraceOnSix,
  nginx: startNginx,
  minio: startMinio,
  seaweedfs: startSeaweedfs,
  versitygw: startVersitygw,
}

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '4' },
    rows: { type: 'string' },
    keys: { type: 'string', default: '10000' },
    only: { type: 'string' },
    json: { type: 'string' },
  },
})
const rounds = Number(values.rounds)
const seconds = Number(values.seconds)
const wantedRows = values.rows?.split(',')
const rows = tableRows({ listKeys: Number(values.keys) }).filter(({ name }) => wantedRows?.includes(name) ?? true)

const folder = mkdtempSync(join(tmpdir(), 'headrace-bench-'))
const targets: Target[] = []
try {
  for (const name of values.only?.split(',') ?? Object.keys(starters)) {
    const start = starters[name as keyof typeof starters]
    if (start === undefined)
      throw new Error(`no server is called ${name}; there are ${Object.keys(starters).join(', ')}`)
    const own = join(folder, name)
    mkdirSync(own)
    const target = await start(own)
    say(target === undefined ? `${name}: not on PATH, left out` : `${name}: ${target.about}`)
    if (target !== undefined) targets.push(target)
  }
  const measured: Measured[] = []
  for (const row of rows) measured.push(...(await measureRow(row)))
  const command = `npm run bench${process.argv.length > 2 ? ` -- ${process.argv.slice(2).join(' ')}` : ''}`
  const report = { machine: machine(), date: new Date().toISOString(), command, rounds, seconds }
  const servers = targets.map(({ name, about }) => ({ name, about }))
  process.stdout.write(markdownTable(report, servers, rows, measured))
  if (values.json) writeFileSync(values.json, `${JSON.stringify({ ...report, servers, measured }, undefined, 1)}\n`)
} finally {
  await Promise.all(targets.map((target) => target.stop()))
  rmSync(folder, { recursive: true, force: true })
}

/** Every server that can do the row, in turn, round by round; the order changes. */
async function measureRow(row: Row): Promise<Measured[]> {
  const able = targets.filter((target) => target.serves(row))
  for (const target of able) {
    if (row.objects === 0 && target.credentials === undefined) continue
    say(`${row.name}: ${target.name} is prepared`)
    if (target.credentials !== undefined) await load(target, row, { what: 'createBucket' })
    if (row.objects > 0) requireWell(target, row, await load(target, row, { what: 'prepare' }))
  }
  const measured: Measured[] = []
  for (let round = 0; round < rounds; round += 1) {
    for (const target of round % 2 === 0 ? able : able.toReversed()) {
      const before = cpuMsOf(target.processIds())
      const result = await load(target, row, { what: 'run', seconds, round: String(round) })
      requireWell(target, row, result)
      const serverCpuMs = cpuMsOf(target.processIds()) - before
      measured.push({ row: row.name, target: target.name, serverCpuMs, ...result })
      const rate = `${Math.round(rateOf(row, result)).toLocaleString('en')} ${row.unit}`
      say(`${row.name} ${round + 1}/${rounds}: ${target.name} ${rate}, p50 ${result.p50Ms.toFixed(2)} ms`)
    }
  }
  return measured
}

type Step = { what: 'createBucket' } | { what: 'prepare' } | { what: 'run'; seconds: number; round: string }

async function load({ host, port, credentials }: Target, row: Row, step: Step): Promise<LoadResult> {
  const job: LoadJob = {
    endpoint: { host, port, credentials, bucket: `bench-${row.name.toLowerCase()}` },
    row,
    ...step,
  }
  const generator = spawn(process.execPath, [fileURLToPath(new URL('load/load.ts', import.meta.url))], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  generator.stdin.end(JSON.stringify(job))
  return JSON.parse(await text(generator.stdout)) as LoadResult
}

/** Figures of requests that failed are worth nothing. */
function requireWell(target: Target, row: Row, { failed, failure, requests }: LoadResult): void {
  if (failed > 0) throw new Error(`${target.name}, ${row.name}: ${failed} of ${failed + requests} failed: ${failure}`)
}

function say(line: string): void {
  process.stderr.write(`${line}\n`)
}
