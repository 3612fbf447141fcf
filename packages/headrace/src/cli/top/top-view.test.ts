import assert from 'node:assert/strict'
import { test } from 'node:test'
import { driveStatus } from '../../../test/support/fake-store-admin.ts'
import { groupStatus, upstreamStatus } from '../../../test/support/group-status.ts'
import type { RequestFigures } from '../../admin/server/server-admin.ts'
import { mergeStatus } from '../../admin/upstream/merge-status.ts'
import type { UpstreamStatus } from '../../upstream/group/group-status.ts'
import { quantileOf } from './quantile-of.ts'
import { showTop } from './show-top.ts'
import { type Sample, topView } from './top-view.ts'

function figures(more: Partial<RequestFigures> = {}): RequestFigures {
  return { takenMs: 0, inFlight: 0, requests: [], firstByte: [], bytesIn: 0, bytesOut: 0, attempts: null, ...more }
}

const sampleOf = (upstreams: readonly UpstreamStatus[], more: Partial<RequestFigures> = {}): Sample => ({
  figures: figures({ attempts: {}, ...more }),
  upstreams: mergeStatus([groupStatus(upstreams)]),
})

test('quantile: evenly within a bin, and no further than the last bound', () => {
  const bins = [
    { msMax: 1, count: 0 },
    { msMax: 5, count: 50 },
    { msMax: 10, count: 98 },
    { msMax: null, count: 100 },
  ]
  assert.deepEqual(
    [0.25, 0.5, 0.98, 0.99, 1].map((share) => quantileOf(bins, share)),
    [3, 5, 10, 10, 10],
  )
  assert.equal(quantileOf([{ msMax: null, count: 0 }], 0.5), undefined)
  assert.equal(quantileOf([], 0.5), undefined)
})

test('top: rates between two samples, over the time that was between them', () => {
  const get = (status: number, count: number) => ({ operation: 'getObject', status, count })
  const bins = (...counts: number[]) => counts.map((count, at) => ({ msMax: [1, 10, null][at] ?? null, count }))
  const before = sampleOf([upstreamStatus('a:1', { receivedBytes: 1_000 })], {
    takenMs: 5_000,
    requests: [get(200, 100), get(503, 1)],
    firstByte: bins(100, 101, 101),
    attempts: { hedges: 5, hedges_won: 2 },
  })
  const exchanges = { ...upstreamStatus('a:1').exchanges, ok: 30, reset: 4, throttled: 2, abandoned: 6 }
  const after = sampleOf([upstreamStatus('a:1', { receivedBytes: 5_000, exchanges }), upstreamStatus('new:1')], {
    takenMs: 7_000,
    inFlight: 9,
    requests: [get(200, 140), get(503, 3), get(404, 2)],
    firstByte: bins(100, 145, 145),
    bytesOut: 4_096,
    attempts: { hedges: 9, hedges_won: 5 },
  })
  const view = topView(before, after)
  assert.deepEqual([view.requestsPerS, view.errorsPerS, view.refusalsPerS, view.bytesOutPerS], [22, 1, 1, 2_048])
  assert.deepEqual(view.firstByteMs, { p50: 5.5, p99: 9.91 })
  assert.deepEqual(view.attempts?.hedges, { perS: 2, total: 9 })
  const [a, fresh] = view.upstreams ?? []
  assert.deepEqual([a?.exchangesPerS, a?.errorsPerS, a?.throttledPerS, a?.receivedBytesPerS], [16, 2, 1, 2_000])
  assert.equal(fresh?.exchangesPerS, 0)
  assert.equal(topView(after, before).requestsPerS, 0, 'a process that was replaced takes nothing away')
})

test('top: one screen says what is wrong, and why', () => {
  const upstreams = [
    upstreamStatus('10.0.0.2:7480', { inFlight: 3, firstByteMs: { p50: 1.5, p99: 12.25 } }),
    upstreamStatus('10.0.0.3:7480', { state: 'ejected', reason: 'nothing came from it for 900 ms', ejections: 2 }),
    upstreamStatus('10.0.0.4:7480', { breaker: 'open', openBuckets: ['logs'] }),
  ]
  const well = groupStatus(upstreams.map((each) => ({ ...each, state: 'up' as const, reason: undefined })))
  const sample = { ...sampleOf([]), upstreams: mergeStatus([groupStatus(upstreams), { ...well, isPanic: true }]) }
  const text = showTop(topView(sample, sample))
  for (const shown of [
    /^Requests +0\/s +0 under way +5xx 0\/s +4xx 0\/s$/m,
    /^First byte +–$/m,
    /^Attempts +retries 0\/s \(0\) +hedges 0\/s \(0, 0 won\) +resumes 0\/s \(0\) +out of budget 0\/s \(0\)$/m,
    /^Panic +1 of 2 gateways use all upstreams/m,
    /^10\.0\.0\.2:7480 +up +6\/256 +1\.50 ms +12\.3 ms /m,
    /^10\.0\.0\.3:7480 +ejected 1\/2 .* 4 +0 B +0 B$/m,
    /^10\.0\.0\.4:7480 +up, breaker open /m,
    /^10\.0\.0\.3:7480 is ejected: nothing came from it for 900 ms$/m,
    /^10\.0\.0\.4:7480 fails to write to logs$/m,
  ]) {
    assert.match(text, shown)
  }
})

test('top: a store on drives has its drives there', () => {
  const sample = { figures: figures(), drives: [driveStatus(0), driveStatus(1, { state: 'down', reason: 'EIO' })] }
  const text = showTop(topView(sample, sample))
  assert.doesNotMatch(text, /Attempts|UPSTREAM/)
  assert.match(text, /^1 +down .*\/mnt\/d1$/m)
  assert.match(text, /^Drive 1: EIO$/m)
})
