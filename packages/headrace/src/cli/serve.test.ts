import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { temporaryFolder } from '../../test/open-store.ts'
import { serveCommand } from './serve.ts'

/** Runs `headrace serve …` with something that keeps it from starting. */
async function refuse(args: readonly string[]): Promise<string> {
  const command = serveCommand('/nowhere/main.ts')
    .exitOverride()
    .configureOutput({ writeErr() {} })
  let message = ''
  await assert.rejects(command.parseAsync(args, { from: 'user' }), (error: Error) => {
    message = error.message
    return true
  })
  return message
}

function setEnvironment(t: TestContext, variables: Record<string, string>): void {
  const names = ['HEADRACE_ACCESS_KEY', 'HEADRACE_SECRET_KEY']
  const before = names.map((name) => [name, process.env[name]] as const)
  t.after(() => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
    }
  })
  for (const name of names) delete process.env[name]
  Object.assign(process.env, variables)
}

test('serve: options that cannot be are refused, each with its name and what it can be', async () => {
  assert.match(await refuse(['--tls-cert', 'x']), /^--tls-cert and --tls-key go together\.$/)
  assert.match(await refuse(['--tls-key', 'x']), /^--tls-cert and --tls-key go together\.$/)
  assert.match(await refuse(['--prot', '1']), /^error: unknown option '--prot'\n\(Did you mean --port\?\)$/)
  for (const option of ['--port', '--admin-port', '--workers', '--reserve-bytes']) {
    for (const value of ['many', '-1', '1.5', '']) {
      assert.match(
        await refuse([option, value]),
        new RegExp(`option '${option} <number>'.* It must be a whole number\\.`),
      )
    }
  }
  assert.match(await refuse(['--port', '70000']), /^The command line:\n {2}port: /)
  assert.match(await refuse(['--log-level', 'loud']), /^The command line:\n {2}logLevel: /)
})

test('serve: a configuration that cannot be is refused with its name', async (t) => {
  const config = join(await temporaryFolder(t), 'headrace.yaml')
  writeFileSync(config, 'prot: 9000\n')
  assert.match(await refuse(['--config', config]), /headrace\.yaml:\n.*"prot"/)
})

test('serve: a root pair in the environment is whole and long enough, or refused', async (t) => {
  setEnvironment(t, { HEADRACE_ACCESS_KEY: 'root' })
  assert.match(await refuse([]), /^HEADRACE_ACCESS_KEY and HEADRACE_SECRET_KEY go together\.$/)
  setEnvironment(t, { HEADRACE_SECRET_KEY: 'long enough' })
  assert.match(await refuse([]), /^HEADRACE_ACCESS_KEY and HEADRACE_SECRET_KEY go together\.$/)
  setEnvironment(t, { HEADRACE_ACCESS_KEY: 'root', HEADRACE_SECRET_KEY: 'short' })
  const message = await refuse([])
  assert.match(message, /HEADRACE_SECRET_KEY at least 8\.$/)
  assert.doesNotMatch(message, /short/)
})
