import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { sampleMap } from '../../test/sample-map.ts'
import {
  formatBinaryMap,
  formatCrushDump,
  formatTextMap,
  parseBinaryMap,
  parseCrushDump,
  reweightDevice,
  toWeight,
} from '../index.ts'
import { run } from './run.ts'

const map = sampleMap()
const heavier = reweightDevice(map, 'osd.0', toWeight(9))
const osdDump = {
  epoch: 1,
  pools: [
    {
      pool: 1,
      pool_name: 'data',
      flags_names: 'hashpspool',
      type: 1,
      size: 3,
      crush_rule: 0,
      object_hash: 2,
      pg_num: 64,
      pg_placement_num: 64,
    },
  ],
  osds: map.devices.map(({ id }) => ({ osd: id, up: 1, in: 1, weight: 1 })),
}
const given: Record<string, string | Uint8Array> = {
  'map.txt': formatTextMap(map),
  'map.bin': formatBinaryMap(map),
  'map.json': JSON.stringify(formatCrushDump(map)),
  'heavier.txt': formatTextMap(heavier),
  'osds.json': JSON.stringify(osdDump),
  'broken.txt': 'device 0',
}

/** Runs the program on files that exist only here. */
function crush(...args: string[]) {
  const files = new Map(Object.entries(given))
  let printed = ''
  const ended = run(
    {
      readFile: (path) => {
        const content = files.get(path)
        if (content === undefined) throw Object.assign(new Error(`ENOENT: ${path}`), { syscall: 'open' })
        return typeof content === 'string' ? new TextEncoder().encode(content) : content
      },
      writeFile: (path, content) => files.set(path, content),
      print: (content) => {
        printed += content
      },
    },
    args,
  )
  return { ...ended, printed, files }
}

test('crush test: every form of the map places alike', () => {
  const options = [
    '--rule',
    '0',
    '--num-rep',
    '3',
    '--min-x',
    '0',
    '--max-x',
    '99',
    '--weight',
    '3',
    '0.5',
    '--show-mappings',
  ]
  const [text, ...others] = ['map.txt', 'map.bin', 'map.json'].map(
    (file) => crush('test', '-i', file, ...options).printed,
  )
  assert.match(text!, /^CRUSH rule 0 x 0 \[\d+,\d+,\d+\]\n/)
  assert.equal(text!.trimEnd().split('\n').length, 100)
  for (const other of others) assert.equal(other, text)
})

test('crush test: without a range 1,024 inputs, without a rule every rule, without a size the rule’s sizes', () => {
  const { printed } = crush('test', '-i', 'map.txt', '--show-statistics')
  assert.match(printed, /^rule 0 \(copies\), x = 0\.\.1023, numrep = 1\.\.10\n/)
  assert.match(printed, /rule 1 \(chunks\) num_rep 3 result size == 3:\t1024\/1024\n/)
  assert.equal(crush('test', '-i', 'map.txt', '--rule', '8').printed, '')
})

test('crush test: bad mappings, one input, a pool, a set, JSON', () => {
  const { printed } = crush('test', '-i', 'map.txt', '--rule', '1', '--num-rep', '8', '--x', '5', '--show-bad-mappings')
  assert.match(printed, /^bad mapping rule 1 x 5 num_rep 8 result \[.*2147483647.*\]\n$/)
  const options = ['--rule', '0', '--num-rep', '2', '--x', '5', '--pool-id', '3', '--choose-args=-1', '--json']
  const [result] = JSON.parse(crush('test', '-i', 'map.txt', ...options).printed)
  assert.deepEqual([result.rule, result.name, result.size, result.mappings.length], [0, 'copies', 2, 1])
})

test('crush compile and decompile: text to binary and back', () => {
  const compiled = crush('compile', '-i', 'map.txt', '-o', 'out.bin')
  assert.match(compiled.printed, /^out\.bin: \d+ bytes, 12 devices, 30 crush buckets, 3 rules\n$/)
  assert.deepEqual(parseBinaryMap(compiled.files.get('out.bin') as Uint8Array), map)
  assert.equal(JSON.parse(crush('compile', 'map.txt', '-o', 'out.bin', '--json').printed).devices, 12)
  assert.equal(crush('decompile', 'map.bin').printed, given['map.txt'])
  assert.equal(crush('decompile', 'map.bin', '-o', 'out.txt').files.get('out.txt'), given['map.txt'])
  assert.deepEqual(parseCrushDump(crush('decompile', 'map.bin', '--json').printed), map)
  assert.match(crush('decompile', 'map.bin', '--digits', '5').printed, /weight 1\.00000/)
})

test('crush tree: drawn, and as JSON', () => {
  assert.match(crush('tree', 'map.txt').printed, /├─ rack rack0/)
  assert.match(crush('tree', 'map.txt', '--shadow').printed, /root default~ssd/)
  const [root] = JSON.parse(crush('tree', 'map.txt', '--json').printed)
  assert.deepEqual([root.name, root.children.length], ['default', 3])
})

test('crush diff: a table of what moves, for a pool given or of a cluster', () => {
  const byHand = crush(
    'diff',
    'map.txt',
    'heavier.txt',
    '--rule',
    '0',
    '--size',
    '3',
    '--pgs',
    '64',
    '--pool-id',
    '1',
  ).printed
  assert.match(byHand, /^\d+ of 64 placement groups move/)
  assert.match(byHand, /^osd\.0 +\d+ +\d+ +\d+ +\d+$/m)
  const bytes = crush(
    'diff',
    'map.txt',
    'heavier.txt',
    '--osd-dump',
    'osds.json',
    '--pool',
    'data',
    '--bytes-per-pg',
    '10',
  ).printed
  assert.match(bytes, /moved: \d+0 bytes of 1920/)
  const erasure = [
    'diff',
    'map.txt',
    'map.txt',
    '--rule',
    '1',
    '--size',
    '4',
    '--pgs',
    '8',
    '--erasure',
    '--weight',
    '0',
    '0',
    '--json',
  ]
  const json = JSON.parse(crush(...erasure).printed)
  assert.equal(json.pool.kind, 'erasure')
  assert.ok(json.movedBytes >= json.minimumBytes)
  const nothing = crush(
    'diff',
    'map.txt',
    'map.txt',
    '--rule',
    '2',
    '--size',
    '1',
    '--pgs',
    '1',
    '--weight',
    '99',
    '1',
  ).printed
  assert.match(nothing, /moved: 0 PGs of 1 \(0\.00 %\)/)
})

test('crush diff: a device that the second map lacks is named by the first; an empty pool moves nothing', () => {
  const text = formatTextMap({ ...map, rules: map.rules.slice(0, 1) }).replaceAll('osd.0', 'old.0')
  given['renamed.txt'] = text
  assert.match(
    crush('diff', 'renamed.txt', 'heavier.txt', '--rule', '0', '--size', '3', '--pgs', '64').printed,
    /^osd\.0/m,
  )
  const weights = map.devices.flatMap(({ id }) => ['--weight', `${id}`, '0'])
  const { printed } = crush('diff', 'map.txt', 'map.txt', '--rule', '0', '--size', '3', '--pgs', '4', ...weights)
  assert.match(printed, /moved: 0 PGs of 0 \(0 %\)/)
})

test('crush: mistakes on the command line say what is missing', () => {
  const mistakes: [string[], RegExp][] = [
    [['fly'], /crush: no command is called fly/],
    [['test'], /the map file is missing: -i FILE/],
    [['test', '-i', 'map.txt', '--rule', 'x'], /--rule must be an integer of at least 0, not x/],
    [['test', '-i', 'map.txt', '--num-rep', '0'], /--num-rep must be an integer of at least 1/],
    [['test', '-i', 'map.txt', '--weight', '3'], /--weight takes a device id and a weight/],
    [['test', '-i', 'map.txt', '--luck'], /Unknown option '--luck'/],
    [['test', 'map.txt'], /this command takes no file names/],
    [['tree', 'a', 'b'], /at most 1 file names/],
    [['compile', 'map.txt'], /the output file is missing: -o FILE/],
    [['diff', 'map.txt'], /two map files are needed/],
    [['diff', 'map.txt', 'map.txt'], /--rule is missing/],
    [['diff', 'map.txt', 'map.txt', '--osd-dump', 'osds.json', '--pool', 'x'], /--pool must be one of data/],
  ]
  for (const [args, message] of mistakes) {
    const { status, complaint } = crush(...args)
    assert.equal(status, 2, args.join(' '))
    assert.match(complaint, message)
  }
})

test('crush: files that cannot be read or understood are named', () => {
  assert.deepEqual(crush('tree', 'nofile').complaint, 'crush tree: ENOENT: nofile\n')
  const { status, complaint } = crush('tree', 'broken.txt')
  assert.equal(status, 1)
  assert.equal(complaint, 'crush tree: broken.txt: line 1: the text ends where a device name is expected\n')
  assert.throws(
    () => run({ readFile: () => assert.fail('broken'), writeFile: () => {}, print: () => {} }, ['tree', 'x']),
    /broken/,
  )
})

test('crush: the program itself', () => {
  const program = fileURLToPath(new URL('./crush.ts', import.meta.url))
  assert.match(execFileSync(process.execPath, [program, '--help'], { encoding: 'utf8' }), /crush test -i MAP/)
  const failed = spawnSync(process.execPath, [program, 'tree', '/nonexistent'], { encoding: 'utf8' })
  assert.deepEqual([failed.status, failed.stdout], [1, ''])
  assert.match(failed.stderr, /crush tree: ENOENT/)
})

test('crush: a reader that has seen enough is no failure', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'crush-cli-'))
  t.after(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'map'), formatBinaryMap(map))
  const program = fileURLToPath(new URL('./crush.ts', import.meta.url))
  const pipe = `set -o pipefail; "${process.execPath}" "${program}" test -i "${folder}/map" --show-mappings | head -1`
  assert.match(execFileSync('bash', ['-c', pipe], { encoding: 'utf8' }), /^CRUSH rule 0 x 0 \[\d+\]\n$/)
})
