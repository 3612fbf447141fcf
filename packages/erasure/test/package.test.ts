import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'erasure-'))
const project = join(folder, 'project')
after(() => rmSync(folder, { recursive: true }))

function run(command: string, args: readonly string[], cwd: string): string {
  const env = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env.PATH}` } // this Node first
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, env, encoding: 'utf8' })
  assert.equal(status, 0, `${command} ${args.join(' ')}:\n${stdout}${stderr}`)
  return stdout
}

const script = `
import { createCode, createPool, decode, encode, localEngine } from '@headrace/erasure'

const code = createCode({ k: 2, m: 1 })
const coding = new Uint8Array(3)
encode(code, [Uint8Array.of(1, 2, 3), Uint8Array.of(4, 5, 6)], [coding])
const [, second] = decode(code, [{ index: 0, bytes: Uint8Array.of(1, 2, 3) }, { index: 2, bytes: coding }])
await using pool = createPool({ workers: 1 })
const [a, b, c] = pool.allocate({ count: 3, sizeBytes: 3 }) as [Uint8Array, Uint8Array, Uint8Array]
await pool.combine(code.encoding, { sources: [a.fill(1), b.fill(2)], targets: [c] })
console.log(localEngine.name, second?.join(), c.join())
`

test('package: the tarball installs into an empty project', () => {
  const tarball = run(process.execPath, ['tools/pack.ts', 'erasure', '--out', folder], root).trim()
  run('mkdir', [project], folder)
  writeFileSync(join(project, 'package.json'), '{ "name": "project", "type": "module" }')
  run('npm', ['install', '--offline', '--no-audit', '--no-fund', tarball], project)
  const installed = JSON.parse(readFileSync(join(project, 'node_modules/@headrace/erasure/package.json'), 'utf8'))
  assert.deepEqual(installed.dependencies ?? {}, {})
})

test('package: runs as JavaScript, its pool included, with and without WebAssembly', () => {
  writeFileSync(join(project, 'script.mjs'), script.replace(/ as \[.*\]/, ''))
  assert.equal(run(process.execPath, ['script.mjs'], project), 'wasm-simd 4,5,6 3,3,3\n')
  assert.equal(run(process.execPath, ['--jitless', 'script.mjs'], project), 'scalar 4,5,6 3,3,3\n')
})

test('package: its types are found and hold', () => {
  writeFileSync(join(project, 'script.ts'), script)
  const types = ['--types', 'node', '--typeRoots', join(root, 'node_modules/@types')]
  const options = ['--noEmit', '--strict', '--target', 'esnext', '--module', 'nodenext', '--lib', 'esnext']
  run(join(root, 'node_modules/.bin/tsc'), [...options, ...types, 'script.ts'], project)
  writeFileSync(
    join(project, 'wrong.ts'),
    `import { createCode } from '@headrace/erasure'\ncreateCode({ k: '2', m: 1 })\n`,
  )
  const wrong = spawnSync(join(root, 'node_modules/.bin/tsc'), [...options, ...types, 'wrong.ts'], { cwd: project })
  assert.notEqual(wrong.status, 0)
})

test('package: has the command', () => {
  assert.equal(run(join(project, 'node_modules/.bin/erasure'), ['matrix', 'k=2,m=1'], project), '01 01\n')
})
