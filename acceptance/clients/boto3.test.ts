import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { needs, programs } from '../needs.ts'
import { type Server, useServer } from '../server.ts'
import { clientEnvironment } from '../support/endpoint.ts'
import { run } from '../support/program.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

// The checks are written in Python, as users write theirs: boto3/*.py. Each becomes a test here.

const options = needs('python', 'openssl')
const harness = fileURLToPath(new URL('boto3/harness.py', import.meta.url))
const modules = ['objects', 'multipart', 'checksums', 'conditions', 'listing', 'presigned']

async function runChecks(t: TestContext, server: Server): Promise<void> {
  const env = { ...clientEnvironment(server), ENDPOINT: server.url, FOLDER: temporaryFolder() }
  const printed = await run(programs.python, ['-B', harness, ...modules], { env })
  for (const line of printed.trim().split('\n')) {
    const { name, error } = JSON.parse(line) as { name: string; error?: string }
    await t.test(name, () => {
      if (error !== undefined) assert.fail(error)
    })
  }
}

if (options.skip === undefined) {
  const plain = await useServer()
  const secure = await useServer({ tls: true })
  test('boto3 over HTTP', async (t) => await runChecks(t, plain))
  test('boto3 over HTTPS', async (t) => await runChecks(t, secure))
} else {
  test('boto3', options)
}
