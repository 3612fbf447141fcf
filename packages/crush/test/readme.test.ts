import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import * as crush from '../src/index.ts'

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')

test('README: the example prints what it says', () => {
  const [, code = '', output] = /```ts\n(.*?)```\n\nprints\n\n```\n(.*?)```/s.exec(readme) ?? []
  const cwd = fileURLToPath(new URL('..', import.meta.url))
  const args = ['--input-type=module-typescript', '-e', code]
  assert.equal(execFileSync(process.execPath, args, { cwd, encoding: 'utf8' }), output)
})

test('README: names every function that is exported, and no other', () => {
  const exported = Object.keys(crush)
  const { hash2: _2, hash3: _3, hash4: _4, ...listed } = crush // said as `hash1` … `hash5`
  for (const name of Object.keys(listed)) assert.ok(readme.includes(name), `${name} is not in the README`)
  for (const [, name = ''] of readme.matchAll(/\bcrush\.(\w+)\(/g)) assert.ok(exported.includes(name), name)
})
