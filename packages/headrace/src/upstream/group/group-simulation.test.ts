import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FakeReply } from '../../../test/support/fake-upstreams.ts'
import { GroupScene, healthPath, read } from '../../../test/support/group-scene.ts'
import { settled } from '../../../test/support/waiting.ts'

const names = ['a', 'b', 'c']
const requestsPerSecond = 300
const attemptsMax = 8
/** What a layer above would give an attempt. */
const attemptTimeoutMs = 5_000
/** Before the fault, with it, and after it. */
const phaseMs = 10_000

type Phase = 'before' | 'during' | 'after'
const phases: readonly Phase[] = ['before', 'during', 'after']

interface PhaseFigures {
  /** Of the attempts, by upstream. */
  readonly shares: Record<string, number>
  readonly p99Ms: number
  readonly failed: number
  readonly attemptsPerRequest: number
}

/** What an upstream does with a request while it has the fault. */
type Fault = (usual: FakeReply, scene: GroupScene) => FakeReply

interface Scenario {
  readonly fault: Fault
  /** Checks are as before. */
  readonly sparesChecks?: boolean
  /** `b` by default. */
  readonly strikes?: readonly string[]
}

interface SentRequest {
  readonly phase: Phase
  readonly upstreams: string[]
  tookMs: number
  isOk: boolean
}

/** Clients in an open loop, whose requests are attempted again elsewhere when an attempt fails. */
async function simulate({
  fault,
  sparesChecks = false,
  strikes = ['b'],
}: Scenario): Promise<{ figures: Record<Phase, PhaseFigures>; scene: GroupScene }> {
  const scene = new GroupScene(names, { seed: 42 })
  const { clock, random, group } = scene
  const phase = (): Phase => phases[Math.min(2, Math.floor(clock.monotonic() / phaseMs))] as Phase
  for (const name of names) {
    scene.upstream(name).behave = ({ target }) => {
      const isCheck = target === healthPath
      const usual = { afterMs: isCheck ? 1 : 15 * Math.exp(0.5 * gaussian(() => random.next())) }
      const isStruck = strikes.includes(name) && phase() === 'during' && !(isCheck && sparesChecks)
      return isStruck ? fault(usual, scene) : usual
    }
  }
  const sent: SentRequest[] = []
  const request = async () => {
    const startedMs = clock.monotonic()
    const record: SentRequest = { phase: phase(), upstreams: [], tookMs: 0, isOk: false }
    sent.push(record)
    while (!record.isOk && record.upstreams.length < attemptsMax) {
      const lease = group.lease({ ...read, avoid: new Set(record.upstreams) })
      record.upstreams.push(lease.upstream)
      const timeout = new AbortController()
      const cancel = clock.after(attemptTimeoutMs, () => timeout.abort(new Error('too late')))
      const exchange = lease.exchange({ method: 'GET', target: '/b/k', headers: [] }, timeout.signal)
      const reply = await exchange.catch(() => undefined)
      await reply?.collect(1_000)
      cancel()
      record.isOk = reply?.status === 200
    }
    record.tookMs = clock.monotonic() - startedMs
  }
  const next = () => {
    request()
    clock.after((-Math.log(1 - random.next()) * 1_000) / requestsPerSecond, next)
  }
  clock.after(0, next)
  while (clock.monotonic() < 3 * phaseMs) {
    clock.step()
    await settled()
  }
  const figures = Object.fromEntries(
    phases.map((name) => [name, figuresOf(sent.filter(({ phase }) => phase === name))]),
  )
  return { figures: figures as Record<Phase, PhaseFigures>, scene }
}

function figuresOf(sent: readonly SentRequest[]): PhaseFigures {
  const attempts = sent.flatMap(({ upstreams }) => upstreams)
  const share = (name: string) => attempts.filter((upstream) => upstream === name).length / attempts.length
  const times = sent.map(({ tookMs }) => tookMs).sort((a, b) => a - b)
  return {
    shares: Object.fromEntries(names.map((name) => [name, share(name)])),
    p99Ms: times[Math.floor(times.length * 0.99)] ?? 0,
    failed: sent.filter(({ isOk, tookMs }) => !isOk && tookMs > 0).length,
    attemptsPerRequest: attempts.length / sent.length,
  }
}

/** Box–Muller. */
function gaussian(next: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())
}

/**
 * The bounds are wide enough for other seeds, of which 28 were tried: a seed decides when peers are told from the one that
 * fails now and then.
 */
const scenarios: Record<string, Scenario & { readonly shareMax: number; readonly attemptsMax: number }> = {
  'one is killed': { fault: () => ({ fault: 'connect' }), shareMax: 0.01, attemptsMax: 1.01 },
  'one is stopped': { fault: () => ({ afterMs: Number.POSITIVE_INFINITY }), shareMax: 0.01, attemptsMax: 1.01 },
  'one is slow by a second, but not in its checks': {
    fault: ({ afterMs = 0 }) => ({ afterMs: afterMs + 1_000 }),
    sparesChecks: true,
    shareMax: 0.01,
    attemptsMax: 1.01,
  },
  'one answers 503 for 30 %': {
    fault: (usual, { random }) => (random.chance(0.3) ? { status: 503, afterMs: 1 } : usual),
    shareMax: 0.2,
    attemptsMax: 1.06,
  },
}

for (const [what, { shareMax, attemptsMax, ...scenario }] of Object.entries(scenarios)) {
  test(`UpstreamGroup: ${what}: it gets next to nothing, and clients hardly notice`, async () => {
    const { figures, scene } = await simulate(scenario)
    const { before, during, after } = figures
    const shown = JSON.stringify({ figures, changes: scene.changes }, undefined, 1)
    for (const name of names) assert.ok(Math.abs((before.shares[name] ?? 0) - 1 / 3) < 0.05, shown)
    assert.ok((during.shares.b ?? 1) <= shareMax, shown)
    assert.ok(during.p99Ms <= 1.5 * before.p99Ms, shown)
    assert.ok(during.attemptsPerRequest <= attemptsMax, shown)
    assert.ok((after.shares.b ?? 0) > 0.03, `it comes back: ${shown}`)
    assert.equal(before.failed + during.failed + after.failed, 0, shown)
    assert.match(scene.states().b ?? '', /^(up|returning)$/)
    for (const name of ['a', 'c']) {
      assert.ok(!scene.changes.some((change) => change.includes(`${name}: ejected`)), shown)
    }
    scene.group.close()
  })
}

test('UpstreamGroup: all ask for less, 30 % of the time: nobody is ejected or cut off, and all are used', async () => {
  const body = '<Error><Code>SlowDown</Code></Error>'
  const fault: Fault = (usual, { random }) => (random.chance(0.3) ? { status: 503, afterMs: 1, body } : usual)
  const { figures, scene } = await simulate({ fault, strikes: names, sparesChecks: true })
  const { during } = figures
  for (const name of names) assert.ok(Math.abs((during.shares[name] ?? 0) - 1 / 3) < 0.1, JSON.stringify(during))
  assert.ok(during.attemptsPerRequest < 1.5, JSON.stringify(during))
  assert.deepEqual(scene.changes, ['a: new to up', 'b: new to up', 'c: new to up'])
  for (const { limit } of scene.group.status().upstreams) assert.ok(limit >= 32)
})
