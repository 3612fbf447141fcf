import assert from 'node:assert/strict'
import { test } from 'node:test'
import { finishedRequest } from '../../test/support/access-record.ts'
import { RequestMetrics, StoreMetrics } from '../observe/metrics.ts'
import { listen } from '../processes/listen.ts'
import { type AdminOptions, createAdminServer } from './admin-server.ts'

type Test = { after(action: () => void): void }

async function startAdmin(t: Test, options: Partial<AdminOptions> = {}) {
  const failures: unknown[] = []
  const server = createAdminServer({
    own: async () => [],
    gateways: async () => [],
    isReady: () => true,
    failed: (error) => failures.push(error),
    ...options,
  })
  const port = await listen(server, { host: '127.0.0.1', port: 0 })
  t.after(() => server.close())
  return { failures, ask: (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${port}${path}`, init) }
}

test('/metrics: those of the keeper, and the sum of those of the gateways, as Prometheus reads them', async (t) => {
  const store = new StoreMetrics()
  store.batchCommitted({ mutations: 5, bytes: 100, durationMs: 1 })
  const gateways = [new RequestMetrics(), new RequestMetrics()]
  for (const metrics of gateways) metrics.requestFinished(finishedRequest({ operation: 'getObject' }))
  const { ask } = await startAdmin(t, {
    own: async () => [store.registry],
    gateways: () => Promise.all(gateways.map((metrics) => metrics.registry.getMetricsAsJSON())),
  })
  const response = await ask('/metrics')
  assert.equal(response.status, 200)
  assert.match(response.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/)
  const text = await response.text()
  assert.match(text, /^headrace_commit_mutations_total 5$/m)
  assert.match(text, /^headrace_requests_total\{operation="getObject",status="200"\} 2$/m)
  for (const line of text.trimEnd().split('\n')) {
    assert.match(line, /^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? [-+.\deInfNa]+|)$/)
  }
  const names = [...text.matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name)
  assert.equal(new Set(names).size, names.length, 'each metric is there once')
})

test('/metrics: its query is of no account, and HEAD has no body', async (t) => {
  const { ask } = await startAdmin(t, { own: async () => [new StoreMetrics().registry] })
  assert.equal((await ask('/metrics?name[]=x')).status, 200)
  const head = await ask('/metrics', { method: 'HEAD' })
  assert.deepEqual([head.status, await head.text()], [200, ''])
})

test('/metrics: when they cannot be collected, the log says why and the reply does not', async (t) => {
  const error = new Error('the index is closed')
  const { ask, failures } = await startAdmin(t, { own: () => Promise.reject(error) })
  const response = await ask('/metrics')
  assert.equal(response.status, 500)
  assert.doesNotMatch(await response.text(), /index/)
  assert.deepEqual(failures, [error])
})

test('health: live as long as it answers, ready when it is', async (t) => {
  let isReady = false
  const { ask } = await startAdmin(t, { isReady: () => isReady })
  assert.equal((await ask('/-/live')).status, 200)
  assert.equal((await ask('/-/ready')).status, 503)
  isReady = true
  assert.equal((await ask('/-/ready')).status, 200)
})

test('admin: what else is asked for is not there, and what is, is said', async (t) => {
  const { ask } = await startAdmin(t)
  for (const [path, method] of [
    ['/', 'GET'],
    ['/metrics', 'POST'],
    ['/metrics/', 'GET'],
    ['/-/', 'GET'],
  ] as const) {
    const response = await ask(path, { method })
    assert.equal(response.status, 404, path)
    assert.match(await response.text(), /\/metrics/)
  }
})
