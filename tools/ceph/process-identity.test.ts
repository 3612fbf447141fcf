import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { type TestContext, test } from 'node:test'
import { identify, type ProcessIdentity, signalProcess, stateOf } from './process-identity.ts'
import { until } from './until.ts'

function sleeper(t: TestContext) {
  const child = spawn('sleep', ['60'], { stdio: 'ignore' })
  t.after(() => child.kill('SIGKILL'))
  return { child, identity: identify(child.pid as number) as ProcessIdentity }
}

test('stateOf: running, stopped, ended', async (t) => {
  const { child, identity } = sleeper(t)
  assert.equal(stateOf(identity), 'running')
  assert.equal(signalProcess(identity, 'SIGSTOP'), true)
  await until('it stops', { timeoutMs: 5_000 }, () => stateOf(identity) === 'stopped')
  signalProcess(identity, 'SIGCONT')
  await until('it goes on', { timeoutMs: 5_000 }, () => stateOf(identity) === 'running')
  const exited = once(child, 'exit')
  signalProcess(identity, 'SIGKILL')
  await exited
  assert.equal(stateOf(identity), 'ended')
  assert.equal(signalProcess(identity, 'SIGKILL'), false)
  assert.equal(identify(identity.pid), undefined)
})

test('signalProcess: a process that has the id of another is left alone', (t) => {
  const { identity } = sleeper(t)
  for (const other of [
    { ...identity, startTicks: identity.startTicks - 1 },
    { ...identity, bootId: 'another boot' },
  ]) {
    assert.equal(stateOf(other), 'ended')
    assert.equal(signalProcess(other, 'SIGKILL'), false)
  }
  assert.equal(stateOf(identity), 'running')
})
