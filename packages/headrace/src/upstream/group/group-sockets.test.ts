import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Test } from '../../../test/open-store.ts'
import { type Script, type ScriptedUpstream, startScriptedUpstream } from '../../../test/support/scripted-upstream.ts'
import { until } from '../../../test/support/waiting.ts'
import { systemClock, systemRandom } from '../../core/runtime.ts'
import type { UpstreamRequest } from '../exchange.ts'
import { HttpClient } from '../transport/http-client.ts'
import { listedUpstreams } from './discovery/discovery.ts'
import { silentGroupEvents } from './group-events.ts'
import { pathCheck } from './health/health-check.ts'
import { FailureAwareGroup } from './upstream-group.ts'

const upstreamsCount = 3
const signal = new AbortController().signal

/** A group over real sockets, and clients that read all the time. */
async function scene(t: Test) {
  const upstreams: ScriptedUpstream[] = []
  for (let n = 0; n < upstreamsCount; n += 1) upstreams.push(await startScriptedUpstream(t, () => ({ body: 'bytes' })))
  const group = new FailureAwareGroup({
    name: 'group',
    runtime: { clock: systemClock, random: systemRandom },
    events: silentGroupEvents,
    discovery: listedUpstreams(upstreams.map(({ url }) => ({ url }))),
    clientOf: ({ name, origin }) => new HttpClient({ name, origin }, systemClock),
    check: pathCheck(),
  })
  t.after(async () => group.close())
  const leased: string[] = []
  const get = async () => {
    const lease = group.lease({ effect: 'read', bucket: 'b' })
    leased.push(lease.upstream)
    const request: UpstreamRequest = { method: 'GET', target: '/b/k', headers: ['host', lease.host] }
    const reply = await lease.exchange(request, signal)
    return await reply.collect(100)
  }
  const load = systemClock.every(5, () => {
    for (let n = 0; n < 3; n += 1) get().catch(() => {})
  })
  t.after(async () => load())
  const [victim] = upstreams as [ScriptedUpstream]
  const statusOf = () => group.status().upstreams[0] ?? assert.fail('the upstream is gone')
  await until('all are at work', () => upstreams.every(({ requests }) => requests.length > 20))
  return { victim, leased, statusOf }
}

/** Breaks one for a while. @returns how many milliseconds it took until it got nothing but checks */
async function breaks(
  { victim, leased, statusOf }: Awaited<ReturnType<typeof scene>>,
  script: Script,
): Promise<number> {
  const healthy = victim.script
  const startedMs = performance.now()
  victim.script = script
  await until('it is out', () => statusOf().state !== 'up')
  const tookMs = performance.now() - startedMs
  const leasedBefore = leased.length
  await systemClock.sleep(500)
  assert.ok(!leased.slice(leasedBefore).includes(statusOf().name), 'it gets nothing but checks')
  victim.script = healthy
  victim.cut('reset')
  await until('it is back', () => statusOf().state === 'returning')
  return tookMs
}

test('UpstreamGroup: over sockets, one that accepts and never answers is out within a second, and comes back', async (t) => {
  const tookMs = await breaks(await scene(t), () => 'stall')
  assert.ok(tookMs < 1_500, `${tookMs} ms`)
})

test('UpstreamGroup: over sockets, one that resets every connection is out at once, and comes back', async (t) => {
  const tookMs = await breaks(await scene(t), () => 'reset')
  assert.ok(tookMs < 1_000, `${tookMs} ms`)
})
