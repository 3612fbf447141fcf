// `npm test [-- PATH…]`: runs every test, or those under the paths given, with Node's own runner.
// Tests that need a program that is not installed say so and are skipped; with CI=true that is a failure (test/needs.ts).
import { spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const given = process.argv.slice(2)
const options = given.filter((argument) => argument.startsWith('-'))
const paths = given.filter((argument) => !argument.startsWith('-')).map((path) => path.replace(/\/$/, ''))

const files = globSync('{packages,tools,acceptance,bench}/**/*.test.ts', { cwd: root, exclude: ['**/node_modules/**'] })
  .filter((file) => paths.length === 0 || paths.some((path) => file === path || file.startsWith(`${path}/`)))
  .sort()
if (files.length === 0) {
  console.error(`No test file under: ${paths.join(' ')}`)
  process.exit(2)
}
console.log(`${files.length} test files`)
const args = ['--test', '--test-concurrency=2', '--test-reporter=spec', ...options, ...files]
const result = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' })
process.exit(result.status ?? 1)
