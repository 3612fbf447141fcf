import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Registry } from 'prom-client'
import { finishedRequest } from '../../../test/support/access-record.ts'
import { groupStatus, upstreamStatus } from '../../../test/support/group-status.ts'
import { requestFigures } from '../../admin/server/request-figures.ts'
import { createAttemptFigures } from '../../layers/attempts/figures.ts'
import { RequestMetrics } from '../../observe/metrics.ts'
import { showUpstreams } from './upstream-metrics.ts'

test('metrics: upstreams as they are when somebody asks, and what was done beyond one attempt', async () => {
  const registry = new Registry()
  const figures = createAttemptFigures()
  let upstreams = [upstreamStatus('a:1', { inFlight: 2, ejections: 1 }), upstreamStatus('b:1', { state: 'down' })]
  showUpstreams(registry, () => groupStatus(upstreams), figures)
  figures.hedgesWon = 3
  const text = await registry.metrics()
  for (const line of [
    /^headrace_attempts\{kind="hedges_won"\} 3$/m,
    /^headrace_upstream_usable\{upstream="a:1"\} 1$/m,
    /^headrace_upstream_usable\{upstream="b:1"\} 0$/m,
    /^headrace_upstream_in_flight\{upstream="a:1"\} 2$/m,
    /^headrace_upstream_ejections\{upstream="a:1"\} 1$/m,
    /^headrace_upstream_exchanges\{upstream="a:1",outcome="ok"\} 10$/m,
  ]) {
    assert.match(text, line)
  }
  upstreams = upstreams.slice(0, 1)
  assert.doesNotMatch(await registry.metrics(), /b:1/)
})

test('figures: those of all processes, added up', async () => {
  const processes = [new RequestMetrics(), new RequestMetrics()]
  const figures = createAttemptFigures()
  figures.resumes = 2
  for (const each of processes) {
    showUpstreams(each.registry, () => groupStatus([]), figures)
    each.requestStarted()
    each.requestStarted()
    each.requestFinished(finishedRequest({ firstByteMs: 3, bytesOut: 100 }))
  }
  processes[0]?.requestFinished(finishedRequest({ operation: 'putObject', status: 503, firstByteMs: 400, bytesIn: 7 }))
  const metrics = await Promise.all(processes.map(({ registry }) => registry.getMetricsAsJSON()))
  const all = await requestFigures(metrics, 42)
  assert.deepEqual([all.takenMs, all.inFlight, all.bytesIn, all.bytesOut], [42, 1, 7, 200])
  assert.deepEqual(all.requests, [
    { operation: 'getObject', status: 200, count: 2 },
    { operation: 'putObject', status: 503, count: 1 },
  ])
  assert.equal(all.attempts?.resumes, 4)
  assert.deepEqual(all.firstByte.at(-1), { msMax: null, count: 3 })
  assert.equal(all.firstByte.find(({ msMax }) => msMax === 5)?.count, 2)
})
