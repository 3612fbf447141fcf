import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { programs } from '../needs.ts'
import type { Server } from '../server.ts'
import { clientEnvironment } from '../support/endpoint.ts'
import { run } from '../support/program.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { overHttpAndHttps } from '../transports.ts'

// The checks are written in Python, as users write theirs: boto3/*.py. Each becomes a test here.

const harness = fileURLToPath(new URL('boto3/harness.py', import.meta.url))
const modules = ['objects', 'multipart', 'checksums', 'conditions', 'listing', 'presigned', 'access', 'storage_classes']

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

await overHttpAndHttps('boto3', ['python'], runChecks)
