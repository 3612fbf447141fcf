// Comparison with Ceph's tools as they are installed here, on maps that no one has seen before.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { run } from '../src/cli/run.ts'
import {
  addRule,
  allIn,
  buildMap,
  compileMap,
  formatBinaryMap,
  formatTextMap,
  objectToPlacementGroup,
  parseBinaryMap,
  parseCrushDump,
  parseOsdDump,
  parseTextMap,
  toWeight,
  upSet,
} from '../src/index.ts'
import { Crushtool, testOptions } from './crushtool.ts'
import { needs } from './needs.ts'
import { preparePlacing } from './place.ts'
import { Random } from './random.ts'
import { randomCases, randomMap } from './random-map.ts'

/** Another seed each run; a failure names it, and setting it here repeats the run. */
const firstSeed = Number(process.env.CRUSH_SEED ?? Math.floor(Math.random() * 1e9))
const seeds = Array.from({ length: 12 }, (_, index) => firstSeed + index)

test('fresh random maps: every form and every mapping as crushtool has them', needs('crushtool'), () => {
  using crushtool = new Crushtool()
  for (const seed of seeds) {
    const random = new Random(seed)
    const map = randomMap(random)
    const text = formatTextMap(map)
    const binary = crushtool.compile(text)
    const place = `CRUSH_SEED=${seed}`
    assert.deepEqual(Buffer.from(formatBinaryMap(map)), binary, place)
    assert.deepEqual(Buffer.from(formatBinaryMap(parseTextMap(text))), binary, place)
    assert.equal(formatTextMap(parseBinaryMap(binary), { weightDigits: 3 }), crushtool.decompile(), place)
    const fromDump = preparePlacing(parseCrushDump(crushtool.dump()))
    const fromBinary = preparePlacing(parseBinaryMap(binary))
    for (const each of randomCases(random, map, 5, 400)) {
      const expected = crushtool.place(each)
      const what = `${place}: ${JSON.stringify(each)}`
      assert.deepEqual([...fromBinary.place(each).map((placed) => [...placed])], expected, what)
      assert.deepEqual([...fromDump.place(each).map((placed) => [...placed])], expected, what)
    }
  }
})

test('crush test: the lines of crushtool --test', needs('crushtool'), () => {
  using crushtool = new Crushtool()
  const random = new Random(firstSeed)
  const map = randomMap(random)
  crushtool.compile(formatTextMap(map))
  for (const each of randomCases(random, map, 4, 500)) {
    for (const extra of [[], ['--pool-id', '7']]) {
      const options = [...testOptions(each), ...extra, '--show-mappings', '--show-bad-mappings', '--show-statistics']
      let printed = ''
      const print = (content: string | Uint8Array) => {
        printed += content
      }
      const files = { readFile: (path: string) => readFileSync(path), writeFile: () => undefined }
      run({ ...files, print }, ['test', '-i', crushtool.mapFile, ...options])
      const what = `CRUSH_SEED=${firstSeed}: ${options.join(' ')}`
      assert.equal(printed, crushtool.run('-i', crushtool.mapFile, '--test', ...options), what)
    }
  }
})

test('osdmaptool: all placement groups of a pool, and names', needs('crushtool', 'osdmaptool'), (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'crush-osdmap-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const osdmap = join(folder, 'osdmap')
  const osdmaptool = (...args: string[]) =>
    execFileSync('osdmaptool', [osdmap, ...args], { encoding: 'utf8', stdio: 'pipe' })
  const devices = Array.from({ length: 44 }, (_, id) => ({
    path: `default/h${id % 11}/osd.${id}`,
    weight: toWeight(1 + (id % 5)),
  }))
  const map = addRule(buildMap(devices, { types: ['root', 'host', 'osd'] }), {
    name: 'replicated_rule',
    root: 'default',
    failureDomain: 'host',
    kind: 'replicated',
  })
  writeFileSync(join(folder, 'crush'), formatBinaryMap(map))
  osdmaptool('--createsimple', '44', '--pg-bits', '4', '--with-default-pool')
  osdmaptool('--import-crush', join(folder, 'crush'))
  osdmaptool('--mark-up-in', '--adjust-crush-weight', '0:1', '--save')
  const cluster = parseOsdDump(osdmaptool('--dump', 'json').replace(/^[^{]*/, ''))
  const [pool] = cluster.pools
  assert.equal(pool?.pgCount, 704) // no power of two, so stableMod has something to do
  osdmaptool('--export-crush', join(folder, 'crush'))
  const compiled = compileMap(parseBinaryMap(readFileSync(join(folder, 'crush'))), { chooseArgs: pool.id })
  assert.equal(cluster.deviceWeights.length, allIn(map).length)

  const lines = osdmaptool('--test-map-pgs-dump')
    .split('\n')
    .filter((line) => /^1\./.test(line))
  assert.equal(lines.length, 704)
  for (const line of lines) {
    const [id = '', set = ''] = line.split('\t')
    const pg = Number.parseInt(id.slice(2), 16)
    assert.deepEqual(upSet(cluster, compiled, pool, pg), JSON.parse(set), id)
  }
  for (let index = 0; index < 40; index += 1) {
    const name = `${'données/'.repeat(index % 4)}${'x'.repeat(index)}`
    if (name === '') continue
    const [, id, set] = /-> 1\.([0-9a-f]+) -> (\[.*\])/.exec(osdmaptool('--test-map-object', name)) ?? []
    const pg = objectToPlacementGroup(pool, name)
    assert.equal(pg.toString(16), id, name)
    assert.deepEqual(upSet(cluster, compiled, pool, pg), JSON.parse(set ?? ''), name)
  }
})
