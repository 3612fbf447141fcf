import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Daemons } from './daemons.ts'
import { until } from './until.ts'

const sleep = { program: 'sleep', args: ['60'] }

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'ceph-dev-test-'))
  t.after(async () => {
    const daemons = new Daemons(folder)
    await daemons.end(daemons.names())
    rmSync(folder, { recursive: true })
  })
  return folder
}

test('daemons: whoever opens the folder knows those that were started there, and can end them', async (t) => {
  const folder = folderOf(t)
  new Daemons(folder).start('osd.0', sleep, false)
  new Daemons(folder).start('osd.1', sleep, true)
  const daemons = new Daemons(folder)
  assert.deepEqual(daemons.names(), ['osd.0', 'osd.1'])
  assert.equal(daemons.state('osd.0'), 'running')
  daemons.signal('osd.0', 'SIGSTOP')
  await daemons.end(['osd.0', 'osd.2'])
  assert.deepEqual([daemons.state('osd.0'), daemons.state('osd.2')], ['ended', 'ended'])
  assert.deepEqual(daemons.names(), ['osd.1'])
})

test('daemons: one that is bound ends with the process that started it, even by SIGKILL', async (t) => {
  const folder = folderOf(t)
  const module = JSON.stringify(new URL('daemons.ts', import.meta.url))
  const start = `new Daemons(${JSON.stringify(folder)}).start('osd.0', ${JSON.stringify(sleep)}, true)`
  const script = `import { Daemons } from ${module}; ${start}; setInterval(() => {}, 1e9)`
  const starter = spawn(process.execPath, ['--input-type=module', '--eval', script], { stdio: 'inherit' })
  const daemons = new Daemons(folder)
  // It is bound when it is itself, and no longer the program that binds it.
  const isItself = () => readFileSync(`/proc/${daemons.identity('osd.0')?.pid}/comm`, 'utf8') === 'sleep\n'
  await until('it runs', { timeoutMs: 20_000 }, () => daemons.state('osd.0') === 'running' && isItself())
  starter.kill('SIGKILL')
  await until('it ends', { timeoutMs: 20_000 }, () => daemons.state('osd.0') === 'ended')
})

test('daemons: one that ends by itself is quoted', async (t) => {
  const daemons = new Daemons(folderOf(t))
  daemons.start('mon.a', { program: 'sh', args: ['-c', 'sleep 0.3; echo no memory >&2; exit 1'] }, false)
  await until('it ends', { timeoutMs: 5_000 }, () => daemons.state('mon.a') === 'ended')
  assert.match(daemons.ended('mon.a').message, /^mon\.a has ended by itself:\nno memory$/)
  assert.throws(() => daemons.start('mgr.x', { program: '/nowhere', args: [] }, false), /mgr\.x has ended by itself/)
})
