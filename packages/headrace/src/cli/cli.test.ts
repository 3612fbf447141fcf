import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { temporaryFolder } from '../../test/open-store.ts'

const main = fileURLToPath(new URL('../main.ts', import.meta.url))

/** Runs `headrace …` to its end. */
function headrace(args: readonly string[]) {
  const child = spawn(process.execPath, [main, ...args])
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

test('headrace: what an operator got wrong is one message without a stack, and exit status 1', async (t) => {
  const file = join(await temporaryFolder(t), 'a-file')
  writeFileSync(file, '')
  const results = await Promise.all([headrace(['serve', '--data', file]), headrace(['process', 'gateway'])])
  const messages = [
    /^headrace: .*a-file cannot be used as a data folder: /,
    /^headrace: This command is for the server/,
  ]
  for (const [number, { code, stdout, stderr }] of results.entries()) {
    assert.deepEqual([code, stdout], [1, ''])
    assert.match(stderr, messages[number] as RegExp)
    assert.doesNotMatch(stderr, /\n {4}at /)
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
