import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { temporaryFolder } from '../../test/open-store.ts'

const main = fileURLToPath(new URL('../main.ts', import.meta.url))

/** Runs `headrace …` to its end. */
function headrace(args: readonly string[], environment: Record<string, string> = {}) {
  const child = spawn(process.execPath, [main, ...args], { env: { ...process.env, ...environment } })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk) => {
    stdout += chunk
  })
  child.stderr.on('data', (chunk) => {
    stderr += chunk
  })
  return new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
    child.on('close', (code) => resolve({ code, stdout, stderr }))
  })
}

test('headrace: what an operator got wrong is one message with its remedy, and exit status 1', async (t) => {
  const folder = await temporaryFolder(t)
  const config = join(folder, 'headrace.yaml')
  writeFileSync(config, 'prot: 9000\n')
  const wrong: [args: string[], environment: Record<string, string>, message: RegExp][] = [
    [['serve', '--tls-cert', 'x'], {}, /^headrace: --tls-cert and --tls-key go together\.\n$/],
    [['serve', '--data', 'a', 'b'], {}, /^headrace: One --data folder is what this version can use/],
    [
      ['serve', '--port', 'many'],
      {},
      /^error: option '--port <number>' argument 'many' is invalid\. It must be a whole/,
    ],
    [['serve', '--port', '70000'], {}, /^headrace: The command line:\n {2}port: /],
    [['serve', '--config', config], {}, /^headrace: .*headrace\.yaml:\n.*"prot"/],
    [['serve', '--prot', '1'], {}, /^error: unknown option '--prot'\n\(Did you mean --port\?\)\n$/],
    [['serve'], { HEADRACE_ACCESS_KEY: 'root' }, /HEADRACE_ACCESS_KEY and HEADRACE_SECRET_KEY go together/],
    [['serve'], { HEADRACE_ACCESS_KEY: 'root', HEADRACE_SECRET_KEY: 'short' }, /HEADRACE_SECRET_KEY at least 8/],
    [['serve', '--data', config], {}, /^headrace: .*headrace\.yaml cannot be used as a data folder: /],
    [['process', 'gateway'], {}, /^headrace: This command is for the server itself; try `headrace serve`\.\n$/],
  ]
  const results = await Promise.all(wrong.map(([args, environment]) => headrace(args, environment)))
  for (const [number, { code, stdout, stderr }] of results.entries()) {
    const [args, , message] = wrong[number] as (typeof wrong)[0]
    assert.deepEqual([code, stdout], [1, ''], args.join(' '))
    assert.match(stderr, message)
    assert.doesNotMatch(stderr, /\n {4}at /, 'no stack')
  }
})

test('headrace: serves, says where, and ends in order at a signal', async (t) => {
  const folder = await temporaryFolder(t)
  const args = ['serve', '--data', folder, '--port', '0', '--admin-port', '0', '--workers', '0', '--log-level', 'error']
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  let printed = ''
  await new Promise<void>((resolve) => {
    child.stdout.on('data', (chunk) => {
      printed += chunk
      if (printed.includes('Stop it with Ctrl-C')) resolve()
    })
  })
  const [, endpoint = ''] = /Endpoint +(\S+)/.exec(printed) ?? []
  const [, metrics = ''] = /Metrics +(\S+)/.exec(printed) ?? []
  assert.equal((await fetch(`${endpoint}/-/ready`)).status, 200)
  assert.match(await (await fetch(metrics)).text(), /^headrace_store_buckets 0$/m)
  const exited = new Promise((resolve) => child.on('exit', (code, signal) => resolve([code, signal])))
  child.kill('SIGTERM')
  assert.deepEqual(await exited, [0, null])
})
