// The package as others get it: packed, installed into an empty project without any network, imported and type-checked.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { packStage, stagePackage } from '../../../tools/pack.ts'

const packageFolder = fileURLToPath(new URL('..', import.meta.url))
const tsc = fileURLToPath(new URL('../../../node_modules/.bin/tsc', import.meta.url))

const program = `
import { addRule, allIn, buildMap, compileMap, doRule, formatTextMap, toWeight } from '@headrace/crush'

const drives = Array.from({ length: 6 }, (_, id) => ({ path: \`default/host\${id}/osd.\${id}\`, weight: toWeight(1) }))
const empty = buildMap(drives, { types: ['root', 'host', 'osd'] })
const map = addRule(empty, { name: 'copies', root: 'default', failureDomain: 'host', kind: 'replicated' })
const result = new Int32Array(3)
const count: number = doRule(compileMap(map), 0, 42, 3, allIn(map), result)
console.log(count, formatTextMap(map).includes('host host5 {'))
`

test('npm pack: the tarball installs offline, runs, and carries its types', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'crush-install-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const run = (command: string, ...args: string[]) =>
    execFileSync(command, args, { cwd: folder, encoding: 'utf8', stdio: 'pipe' })
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }')
  const stage = stagePackage(packageFolder)
  t.after(() => rmSync(stage, { recursive: true }))
  const tarball = packStage(stage, folder)
  run('npm', 'install', '--offline', '--no-audit', '--no-fund', tarball)

  writeFileSync(join(folder, 'program.ts'), program)
  const strict = [
    '--strict',
    '--noEmit',
    '--module',
    'nodenext',
    '--target',
    'esnext',
    '--lib',
    'esnext,dom',
    '--types',
    '',
  ]
  run(tsc, ...strict, 'program.ts')
  assert.equal(run(process.execPath, 'program.ts'), '3 true\n')
  assert.match(run('npx', '--offline', 'crush', '--help'), /crush test -i MAP/)
})
