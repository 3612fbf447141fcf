import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { SimClock } from '../../sim/sim-clock.ts'
import { temporaryFolder } from '../../test/open-store.ts'
import { finishedRequest } from '../../test/support/access-record.ts'
import { silentEvents } from '../core/events.ts'
import { AccessLog } from './access-log.ts'
import { createEvents } from './events.ts'
import { createLog, logLevels } from './log.ts'
import { RequestMetrics, StoreMetrics } from './metrics.ts'

/** A log, and the lines that were written to it. */
function logTo(level: (typeof logLevels)[number] = 'debug') {
  const lines: Record<string, unknown>[] = []
  const to = { write: (line: string) => void lines.push(JSON.parse(line)) }
  return { lines, log: createLog(level, 'gateway 1', to) }
}

const batch = { mutations: 2, bytes: 10, durationMs: 1 }
const fault = { drive: '/store', what: 'read a chunk', error: Object.assign(new Error('EIO: i/o'), { code: 'EIO' }) }

test('createLog: a JSON object a line, with time, role, fields and message', () => {
  const { lines, log } = logTo()
  log.error({ err: new Error('why'), requestId: 'R1' }, 'a request failed')
  const [line] = lines
  assert.equal(line?.role, 'gateway 1')
  assert.equal(line?.requestId, 'R1')
  assert.equal(line?.msg, 'a request failed')
  assert.match(String(line?.time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  const { message, stack } = { ...(line?.err as Error | undefined) }
  assert.equal(message, 'why')
  assert.match(String(stack), /Error: why\n/)
})

test('createLog: what is below the level is not written', () => {
  for (const [place, level] of logLevels.entries()) {
    const { lines, log } = logTo(level)
    for (const name of logLevels) log[name]({}, name)
    assert.deepEqual(
      lines.map(({ msg }) => msg),
      logLevels.slice(place),
    )
  }
})

test('createEvents: tells what happened to those who count it and write it down', async (t) => {
  const { lines, log } = logTo()
  const requests = new RequestMetrics()
  const store = new StoreMetrics()
  const path = join(await temporaryFolder(t), 'access.jsonl')
  const accessLog = new AccessLog(() => path, { clock: new SimClock(), log: silentEvents.log })
  t.after(async () => accessLog.close())
  const written = t.mock.method(accessLog, 'write')
  const events = createEvents({ log, accessLog, requests, store })
  const record = finishedRequest()
  events.requestStarted()
  events.requestFinished(record)
  events.batchCommitted(batch)
  events.driveFault(fault)
  assert.deepEqual(written.mock.calls[0]?.arguments, [record])
  const text = await requests.registry.metrics()
  assert.match(text, /headrace_requests_total\{.*\} 1\n/)
  assert.match(text, /headrace_drive_faults_total 1\n/)
  assert.match(await store.registry.metrics(), /headrace_commit_mutations_total 2\n/)
  const [line] = lines
  assert.equal(line?.drive, '/store')
  assert.equal(line?.what, 'read a chunk')
  assert.equal((line?.err as { code: string } | undefined)?.code, 'EIO')
})

test('createEvents: with nobody to tell, nothing fails', () => {
  for (const events of [createEvents({ log: logTo().log }), silentEvents]) {
    events.requestStarted()
    events.requestFinished(finishedRequest())
    events.batchCommitted(batch)
    events.driveFault(fault)
    for (const level of logLevels) events.log[level]({}, 'x')
  }
})
