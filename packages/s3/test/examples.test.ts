// The examples run, and the README shows them as they are.
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { hash } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { presign } from '../src/index.ts'

const example = (name: string) => fileURLToPath(new URL(`examples/${name}.ts`, import.meta.url))

test('examples: the client half asks the server half', { timeout: 20_000 }, async () => {
  const server = spawn(process.execPath, [example('server'), '0'], { stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    const [line] = await once(server.stdout, 'data')
    const port = /port: (\d+)/.exec(String(line))?.[1] ?? ''
    const { stdout } = await promisify(execFile)(process.execPath, [example('client'), port])
    assert.deepEqual(stdout.trim().split('\n').sort(), ['200 Hello from the other half.', '206 Hello'])
    const get = { method: 'GET', target: '/photos/hello.txt', headers: ['Host', `localhost:${port}`] }
    const credentials = { accessKeyId: 'AKIAEXAMPLE', secretKey: 'a secret' }
    const path = presign(get, { credentials, region: 'us-east-1', nowMs: Date.now(), expiresSeconds: 60 })
    const reply = await fetch(`http://localhost:${port}${path}`)
    assert.equal(reply.headers.get('etag'), `"${hash('md5', await reply.text())}"`)
  } finally {
    server.kill()
  }
})

test('README.md: shows the examples as they are', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  for (const name of ['server', 'client']) {
    // Without the line that says how to run it.
    const source = readFileSync(example(name), 'utf8').replace(/^\/\/.*\n/, '')
    assert.ok(readme.includes(`\`\`\`ts\n${source}\`\`\``), name)
  }
})
