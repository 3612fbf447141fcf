// `npm run check`: types, lint and format, tidy rules. Each step prints its name; the first that fails ends the run.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const steps: { name: string; command: string; args: string[] }[] = [
  { name: 'types', command: 'tsc', args: ['-p', '.'] },
  { name: 'lint and format', command: 'biome', args: ['check', '--error-on-warnings', '.'] },
  { name: 'tidy', command: process.execPath, args: ['tools/tidy.ts'] },
]

for (const { name, command, args } of steps) {
  const startedMs = performance.now()
  const path = `${root}node_modules/.bin:${process.env.PATH}`
  const result = spawnSync(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, PATH: path } })
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1)
  console.log(`${result.status === 0 ? 'ok  ' : 'FAIL'} ${name} (${seconds} s)`)
  if (result.status !== 0) process.exit(1)
}
