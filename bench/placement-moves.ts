// What a change of the drives moves: `node bench/placement-moves.ts [--objects 10000] [--json]`. Nothing is written; the
// store's own prediction is asked, which its tests hold against what is then done. The objects are the same in every run.
import { createHash } from 'node:crypto'
import { parseArgs } from 'node:util'
import {
  addDevices,
  type NewDrive,
  newStore,
  startLeaving,
} from '../packages/headrace/src/store/embedded/placement/edit-map.ts'
import { Placement } from '../packages/headrace/src/store/embedded/placement/placement.ts'
import { predictMove, type UsedData } from '../packages/headrace/src/store/embedded/placement/predict.ts'
import { formatProfile } from '../packages/headrace/src/store/embedded/placement/profiles.ts'
import type { StoreMap } from '../packages/headrace/src/store/embedded/placement/store-map.ts'
import { machine } from './report.ts'

const { values } = parseArgs({
  options: { objects: { type: 'string', default: '10000' }, json: { type: 'boolean', default: false } },
})
const objects = Number(values.objects)

/** Drives before and after; the last row is a drive that leaves. */
const changes = [
  [2, 3],
  [3, 4],
  [4, 5],
  [5, 6],
  [6, 7],
  [7, 8],
  [9, 10],
  [11, 12],
  [12, 13],
  [7, 6],
] as const

function drive(number: number): NewDrive {
  const place = { path: `/d${number}`, fileSystemId: '', host: 'host', rack: undefined }
  return { ...place, uuid: `${number}`, deviceClass: 'hot', capacityBytes: 2 ** 42 }
}

function profileOf(map: StoreMap): string {
  return formatProfile(new Placement(map).poolFor('', 'STANDARD', Number.MAX_SAFE_INTEGER))
}

/** Objects of 100 KiB to 5 MiB, all sizes alike. */
function usage(map: StoreMap): UsedData[] {
  const placement = new Placement(map)
  const [least, most] = [100 * 1024, 5 * 1024 * 1024]
  return Array.from({ length: objects }, (_, number) => {
    const dataId = createHash('md5').update(`${number}`).digest()
    const lengthBytes = least + Math.floor(((most - least) * dataId.readUInt32LE(0)) / 2 ** 32)
    return { pool: placement.poolFor('', 'STANDARD', lengthBytes).id, dataId, lengthBytes }
  })
}

const rows = changes.map(([from, to]) => {
  const before = newStore({
    storeId: '',
    term: 1,
    changedMs: 0,
    drives: Array.from({ length: from }, (_, number) => drive(number)),
  })
  const after = to > from ? addDevices(before, [drive(from)]) : startLeaving(before, from - 1)
  const move = predictMove(before, after, usage(before))
  const fill = move.devices.map(({ afterBytes }) => afterBytes).filter((bytes) => bytes > 0)
  const mean = fill.reduce((sum, bytes) => sum + bytes, 0) / to
  const profiles = [profileOf(before), profileOf(after)]
  return { from, to, profiles, fillMaxToMean: Math.max(...fill) / mean, ...move }
})

function gib(bytes: number): string {
  return (bytes / 2 ** 30).toFixed(2)
}

function print(): void {
  console.log(`${objects} objects of 100 KiB to 5 MiB on equal drives; GiB; ${machine()}\n`)
  console.log(
    '| drives | profile | stored | least | moved | moved ÷ least | plain indep ÷ least | fill after, max ÷ mean |',
  )
  console.log('|---|---|---|---|---|---|---|---|')
  for (const row of rows.filter(({ encoded }) => encoded.writtenBytes === 0)) {
    const bytes = [row.storedBytes, row.minimumBytes, row.movedBytes].map(gib)
    const ratios = [row.movedBytes, row.plainBytes].map((each) => (each / row.minimumBytes).toFixed(3))
    const cells = [`${row.from} → ${row.to}`, row.profiles[1], ...bytes, ...ratios, row.fillMaxToMean.toFixed(3)]
    console.log(`| ${cells.join(' | ')} |`)
  }
  console.log('\nWhere the profile changes, data is encoded anew; what keeps its pool moves besides.\n')
  console.log('| drives | profiles | stored before | read | written | moved besides | fill after, max ÷ mean |')
  console.log('|---|---|---|---|---|---|---|')
  for (const row of rows.filter(({ encoded }) => encoded.writtenBytes > 0)) {
    const { readBytes, writtenBytes } = row.encoded
    const bytes = [row.storedBytes, readBytes, writtenBytes, row.movedBytes].map(gib)
    const cells = [`${row.from} → ${row.to}`, row.profiles.join(' → '), ...bytes, row.fillMaxToMean.toFixed(3)]
    console.log(`| ${cells.join(' | ')} |`)
  }
}

if (values.json) console.log(JSON.stringify(rows, undefined, 2))
else print()
