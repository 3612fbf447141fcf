// `npm run bench -- drives [--gib 10] [--rounds 3] [--only moves,heal,load,slow,sizes] [--folder DIR] [--write FILE]`:
// what drives that come, go, die and linger cost, on a real server whose drives are folders of one disk.
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { machine } from '../report.ts'
import { type HealRound, healRound } from './heal-round.ts'
import { type BesideResult, healBesideReads } from './heal-under-load.ts'
import { joinDrive, type MoveResult, removeDrive } from './moves.ts'
import { dataObjects, equalObjects, frontObjects, writeObjects } from './objects.ts'
import { healTable, loadTable, movesTable, sizesTable, slowTable } from './report.ts'
import { say } from './say.ts'
import { DriveServer } from './server.ts'
import { healOfSize, type SizeResult } from './sizes.ts'
import { readAroundSlowDrive, type SlowResult } from './slow-drive.ts'

const { values } = parseArgs({
  options: {
    gib: { type: 'string', default: '10' },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '12' },
    only: { type: 'string', default: 'moves,heal,load,slow' },
    folder: { type: 'string', default: tmpdir() },
    write: { type: 'string' },
  },
})
const rounds = Number(values.rounds)
const seconds = Number(values.seconds)
const wanted = values.only.split(',')
/** Objects of 100 KiB to 5 MiB have 2.55 MiB on the average. */
const meanBytes = (100 * 1024 + 5 * 1024 * 1024) / 2
const objects = dataObjects(Math.round((Number(values.gib) * 2 ** 30) / meanBytes))
const front = { bucket: 'front', objects: frontObjects(1000), ratePerS: 100, seconds }
const equal = { bucket: 'equal', objects: equalObjects(300, 2 ** 20), ratePerS: 100, seconds }

const folder = mkdtempSync(join(values.folder, 'headrace-drives-'))
const { bavail, bsize } = statfsSync(folder)
/** What is stored, what a lost drive had, its copies, and some room for what waits to be removed. */
const neededGib = Number(values.gib) * 1.5 * 1.5 + 2
const freeGib = (bavail * bsize) / 2 ** 30
try {
  if (freeGib < neededGib)
    throw new Error(
      `${folder} has ${freeGib.toFixed(0)} GiB free, and ${neededGib.toFixed(0)} are needed: take a smaller --gib`,
    )
  const sections = [heading(), ...(isWanted('moves', 'heal', 'load', 'slow') ? await measureAll() : [])]
  if (isWanted('sizes')) sections.push(...sizesTable(await measureSizes()))
  process.stdout.write(`${sections.join('\n')}\n`)
  if (values.write) writeFileSync(values.write, `${sections.join('\n')}\n`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}

function isWanted(...names: readonly string[]): boolean {
  return names.some((name) => wanted.includes(name))
}

async function measureAll(): Promise<string[]> {
  const server = await DriveServer.start(folder, 6)
  try {
    await fill(server)
    return await measure(server)
  } finally {
    await server.stop()
  }
}

/** Apart from the other figures: a store for each. */
async function measureSizes(): Promise<SizeResult[]> {
  const results: SizeResult[] = []
  for (const bytes of [100 * 1024, 2 ** 20, 4 * 2 ** 20]) {
    results.push(await healOfSize(join(folder, `objects-of-${bytes}`), bytes, rounds))
  }
  return results
}

async function fill(to: DriveServer): Promise<void> {
  const beganMs = performance.now()
  await writeObjects(to.endpoint('data'), objects)
  await writeObjects(to.endpoint('front'), front.objects)
  await writeObjects(to.endpoint('equal'), equal.objects)
  say(`${objects.length} objects were written in ${((performance.now() - beganMs) / 1000).toFixed(0)} s`)
}

async function measure(on: DriveServer): Promise<string[]> {
  const moves: MoveResult[] = []
  const join = async () => {
    const move = await joinDrive(on)
    moves.push(move)
    say(`6 → 7: ${(move.movedBytes / move.minimumBytes).toFixed(3)} of the least, ${move.seconds.toFixed(0)} s`)
  }
  await join()
  const slow = isWanted('slow') ? await measureSlow(on) : []
  const heals: HealRound[] = []
  for (let round = 0; isWanted('heal') && round < rounds; round += 1) {
    heals.push(await healRound(on, round))
    await join()
  }
  const beside: BesideResult[] = []
  for (let round = 0; isWanted('load') && round < rounds; round += 1) {
    const result = await healBesideReads(on, front)
    say(`p99 ${result.alone.p99Ms.toFixed(1)} ms alone, ${result.beside.p99Ms.toFixed(1)} ms beside a heal`)
    beside.push(result)
    await join()
  }
  if (isWanted('moves')) {
    const move = await removeDrive(on)
    say(`7 → 6: ${(move.movedBytes / move.minimumBytes).toFixed(3)} of the least, ${move.seconds.toFixed(0)} s`)
    moves.push(move)
  }
  return [
    ...movesTable(moves),
    ...(heals.length > 0 ? healTable(heals) : []),
    ...(beside.length > 0 ? loadTable(beside, front) : []),
    ...(slow.length > 0 ? slowTable(slow, equal) : []),
  ]
}

async function measureSlow(on: DriveServer): Promise<SlowResult[]> {
  const results: SlowResult[] = []
  for (let round = 0; round < rounds; round += 1) {
    const result = await readAroundSlowDrive(on, equal)
    const extra = ((result.hedges / result.reads) * 100).toFixed(1)
    say(
      `p99 ${result.healthy.p99Ms.toFixed(1)} ms, one drive slow ${result.slow.p99Ms.toFixed(1)} ms, ${extra} % more reads`,
    )
    results.push(result)
  }
  return results
}

function heading(): string {
  const command = `npm run bench -- drives${process.argv.length > 2 ? ` ${process.argv.slice(2).join(' ')}` : ''}`
  return `# Many drives

\`${command}\`, ${new Date().toISOString().slice(0, 10)}, ${machine()}.

One server with two gateways, as it comes: every write synced, every block checked. Its drives are folders of one disk, so
that what they could do side by side is not seen. ${objects.length} objects of 100 KiB to 5 MiB (${values.gib} GiB) at 4+2.
`
}
