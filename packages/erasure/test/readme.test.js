import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
const examples = Array.from(readme.matchAll(/```ts\n(.*?)```/gs), ([, code = '']) => code)
for (const [index, code] of examples.entries()) {
  test(`readme: example ${index + 1} prints what its comments say`, () => {
    const said = Array.from(code.matchAll(/console\.log\(.*\) \/\/ (.*)/g), ([, comment = '']) => comment)
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', code], {
      cwd: fileURLToPath(new URL('..', import.meta.url)),
      encoding: 'utf8',
    })
    assert.equal(stderr, '')
    const lines = stdout.split('\n').slice(0, -1)
    assert.equal(lines.length, said.length)
    for (const [at, line] of lines.entries()) assert.ok(said[at].startsWith(line), `${line} where it says ${said[at]}`)
  })
}
