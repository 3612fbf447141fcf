import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { groupStatus, upstreamStatus } from '../../../test/support/group-status.ts'
import { systemClock } from '../../core/runtime.ts'
import { listen } from '../../processes/listen.ts'
import type { GroupStatus } from '../../upstream/group/group-status.ts'
import { adminClient } from '../admin-client.ts'
import { AdminError, type AdminErrorCode } from '../admin-error.ts'
import { createAdminServer } from '../admin-server.ts'
import { endpointTransport } from '../admin-transport.ts'
import { createUpstreamAdmin, type NamedFaults } from './create-upstream-admin.ts'
import type { UpstreamAdmin } from './upstream-admin.ts'

const root = { accessKeyId: 'ROOT', secretKey: 'the secret of root' }

async function startApi(
  t: TestContext,
  groups: readonly GroupStatus[],
  { allowFaults = true, faults = [] as NamedFaults } = {},
) {
  const spread: NamedFaults[] = []
  const failed = (error: unknown) => {
    throw error
  }
  const upstream = createUpstreamAdmin({ groups: async () => groups, faults, spreadFaults: (all) => spread.push(all) })
  const keys = {
    secretOf: (id: string) => (id === 'ROOT' ? root.secretKey : undefined),
    principalOf: (accessKeyId: string) => ({
      kind: 'owner' as const,
      id: '',
      displayName: '',
      accessKeyId,
      isRoot: true,
    }),
  }
  const api = { upstream, allowFaults, failed, keys, clock: systemClock }
  const server = createAdminServer({ own: async () => [], gateways: async () => [], isReady: () => true, failed, api })
  const port = await listen(server, { host: '127.0.0.1', port: 0 })
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const endpoint = new URL(`http://127.0.0.1:${port}`)
  const transport = endpointTransport({ endpoint, credentials: root, clock: systemClock })
  const client: UpstreamAdmin = adminClient('upstream', transport)
  return { client, spread, endpoint, transport }
}

const fails = (code: AdminErrorCode, message: RegExp) => (error: unknown) => {
  assert.ok(error instanceof AdminError, String(error))
  assert.equal(error.code, code)
  assert.match(error.message, message)
  return true
}

const plain = { latencyMs: 0, status: null, resetAfterBytes: null, stallAfterBytes: null, share: 1 }

test('upstream status: what all gateways see together, the worst of it first', async (t) => {
  const groups = [
    groupStatus([
      upstreamStatus('a:1', { inFlight: 3, sentBytes: 10, firstByteMs: { p50: 2, p99: 10 } }),
      upstreamStatus('b:1', { state: 'ejected', reason: 'it is slow', errorShare: 0.5, openBuckets: ['x'] }),
    ]),
    groupStatus([
      upstreamStatus('a:1', { inFlight: 4, sentBytes: 5, firstByteMs: { p50: 4, p99: 30 } }),
      upstreamStatus('b:1', { breaker: 'half-open', oldestUnansweredMs: 7, openBuckets: ['x', 'y'] }),
    ]),
  ]
  const { client } = await startApi(t, groups)
  const { gateways, panicking, upstreams } = await client.status({})
  assert.deepEqual([gateways, panicking], [2, 0])
  const [a, b] = upstreams
  assert.deepEqual([a?.state, a?.states, a?.reason, a?.inFlight, a?.limit], ['up', { up: 2 }, null, 7, 256])
  assert.deepEqual([a?.sentBytes, a?.exchanges.ok, a?.firstByteMs], [15, 20, { p50: 3, p99: 30 }])
  assert.deepEqual([b?.state, b?.states, b?.reason], ['ejected', { ejected: 1, up: 1 }, 'it is slow'])
  assert.deepEqual([b?.breaker, b?.openBuckets, b?.errorShare], ['half-open', ['x', 'y'], 0.25])
  assert.deepEqual([b?.oldestUnansweredMs, b?.firstByteMs], [7, null])
})

test('upstream faults: set, replaced, listed and cleared, in all gateways', async (t) => {
  const groups = [groupStatus([upstreamStatus('a:1'), upstreamStatus('[::1]:2')])]
  const { client, spread } = await startApi(t, groups)
  assert.deepEqual(await client.faults({}), { faults: [] })
  const late = { ...plain, upstream: 'a:1', latencyMs: 1_000, share: 0.3 }
  assert.deepEqual(await client.setFault(late), { faults: [late] })
  assert.deepEqual(spread.at(-1), [['a:1', { share: 0.3, delayMs: 1_000 }]])
  const refusing = { ...plain, upstream: 'a:1', status: 503 }
  const breaking = { ...plain, upstream: '[::1]:2', resetAfterBytes: 0 }
  await client.setFault(refusing)
  assert.deepEqual(await client.setFault(breaking), { faults: [breaking, refusing] })
  assert.deepEqual(spread.at(-1), [
    ['a:1', { share: 1, status: 503 }],
    ['[::1]:2', { share: 1, resetAtByte: 0 }],
  ])
  assert.deepEqual(await client.clearFaults({ upstream: 'a:1' }), { faults: [breaking] })
  assert.deepEqual(await client.clearFaults({ upstream: null }), { faults: [] })
  assert.deepEqual(spread.at(-1), [])
})

test('upstream faults: those that were there before are known, and gone upstreams can be cleared', async (t) => {
  const { client } = await startApi(t, [groupStatus([])], { faults: [['gone:1', { stallAtByte: 9 }]] })
  assert.deepEqual(await client.faults({}), { faults: [{ ...plain, upstream: 'gone:1', stallAfterBytes: 9 }] })
  assert.deepEqual(await client.clearFaults({ upstream: 'gone:1' }), { faults: [] })
})

test('upstream faults: what makes no sense, is not allowed, or of nobody is refused', async (t) => {
  const groups = [groupStatus([upstreamStatus('a:1')])]
  const { client, spread, transport, endpoint } = await startApi(t, groups)
  const fault = { ...plain, upstream: 'a:1' }
  await assert.rejects(client.setFault(fault), fails('InvalidRequest', /does nothing/))
  await assert.rejects(
    client.setFault({ ...fault, status: 503, resetAfterBytes: 1 }),
    fails('InvalidRequest', /one way/),
  )
  await assert.rejects(client.setFault({ ...fault, latencyMs: 1, share: 0 }), fails('InvalidRequest', /share/))
  await assert.rejects(client.setFault({ ...fault, status: 200 }), fails('InvalidRequest', /status/))
  await assert.rejects(
    client.setFault({ ...fault, upstream: 'b', latencyMs: 1 }),
    fails('NoSuchUpstream', /there are a:1/),
  )
  await assert.rejects(client.clearFaults({ upstream: 'b' }), fails('NoSuchUpstream', /b/))
  await assert.rejects(adminClient('store', transport).status({}), fails('NotFound', /no drives: it stands in front/))
  assert.equal((await fetch(`${endpoint.origin}/api/v1/upstream/status`)).status, 401)
  assert.deepEqual(spread, [])
  const { client: strict } = await startApi(t, groups, { allowFaults: false })
  await assert.rejects(
    strict.setFault({ ...fault, latencyMs: 1 }),
    fails('FaultsNotAllowed', /upstreams be made to fail/),
  )
})
