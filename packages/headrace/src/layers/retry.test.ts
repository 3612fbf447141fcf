import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { OperationName } from '@headrace/s3'
import { actions, code, context } from '../../test/conformance/harness.ts'
import { finish } from '../../test/support/finish.ts'
import { onceBody, ScriptedAttempts, type Step } from '../../test/support/scripted-attempts.ts'
import type { AttemptFault } from '../core/attempt.ts'
import type { TrailStep } from '../core/context.ts'
import type { OperationFunction } from '../core/store.ts'
import { type RetryOptions, retry, retryDefaults } from './retry.ts'

/** A store with one object behind retry alone. */
async function scene(options: RetryOptions = retryDefaults) {
  const scripted = new ScriptedAttempts()
  const { memory, clock, runtime, figures } = scripted
  await actions(memory).create('bucket')
  await actions(memory).put('bucket', 'k', 'bytes')
  const store = scripted.behind(retry(runtime, figures, options))
  const done = <T>(work: Promise<T>) => finish(clock, work)
  const head = (ctx = context()) => done(store.headObject({ bucket: 'bucket', key: 'k' }, ctx))
  return { scripted, memory, clock, figures, store, done, head }
}

const faults = ['connect', 'saturated', 'reset', 'timeout', 'truncated', 'stalled', 'throttled', 'unavailable'] as const

test('retry: a read is made again whatever the fault, each time on another upstream', async () => {
  const { scripted, head, figures } = await scene()
  for (const fault of faults) {
    scripted.play({ fault }, { fault })
    const ctx = context()
    assert.equal((await head(ctx)).info.sizeBytes, 5, fault)
    assert.equal(new Set(scripted.upstreams).size, 3, fault)
    assert.equal(ctx.notes.attempts, 3)
  }
  const { calls, retriesAfterBreaks, retriesAfterRefusals, waitsForUpstreams } = figures
  assert.deepEqual([calls, retriesAfterBreaks, retriesAfterRefusals, waitsForUpstreams], [8, 8, 6, 2])
})

test('retry: what the store answers is not asked again', async () => {
  const { scripted, store, done } = await scene()
  await assert.rejects(done(store.headObject({ bucket: 'bucket', key: 'missing' }, context())), code('NoSuchKey'))
  assert.equal(scripted.seen.length, 1)
})

test('retry: breaks four times at most, refusals sixteen times, and the last failure is told', async () => {
  const { scripted, head } = await scene()
  for (const [fault, attempts] of [
    ['timeout', 4],
    ['unavailable', 16],
  ] as const) {
    scripted.seen.length = 0
    scripted.script = () => ({ fault })
    await assert.rejects(head(), code('ServiceUnavailable'))
    assert.equal(scripted.seen.length, attempts)
  }
})

test('retry: waits are drawn from bounds that double', async () => {
  const { scripted, head } = await scene()
  scripted.script = () => ({ fault: 'unavailable' })
  await assert.rejects(head())
  const waits = scripted.seen.slice(1).map(({ atMs }, index) => atMs - (scripted.seen[index]?.atMs ?? 0))
  waits.forEach((waitMs, index) => {
    assert.ok(waitMs <= Math.min(1_000, 20 * 2 ** index), `wait ${index} is ${waitMs} ms`)
  })
  assert.ok(Math.max(...waits) > 200)
})

test('retry: who asks for less is left alone for as long as it says, and not for longer than anybody waits', async () => {
  const { scripted, head, clock } = await scene()
  scripted.play({ fault: 'throttled', retryAfterMs: 2_000 })
  const beganMs = clock.monotonic()
  await head()
  const waitedMs = clock.monotonic() - beganMs
  assert.ok(waitedMs >= 2_000 && waitedMs <= 2_020, `${waitedMs} ms`)
  scripted.play({ fault: 'throttled', retryAfterMs: 60_000 })
  await assert.rejects(head(), code('SlowDown'))
})

test('retry: no attempt begins when nobody waits for its answer any more', async () => {
  const { scripted, head, clock } = await scene()
  scripted.script = () => ({ fault: 'timeout', delayMs: 25_000 })
  await assert.rejects(head(), code('ServiceUnavailable'))
  assert.equal(scripted.seen.length, 3)
  assert.ok(clock.monotonic() <= 76_000)
})

test('retry: a client that goes away ends it', async () => {
  const { scripted, store, clock } = await scene()
  scripted.script = () => ({ fault: 'throttled', retryAfterMs: 5_000 })
  const gone = new AbortController()
  const head = store.headObject({ bucket: 'bucket', key: 'k' }, { ...context(), signal: gone.signal })
  clock.after(100, () => gone.abort())
  await assert.rejects(finish(clock, head), code('SlowDown'))
  assert.equal(scripted.seen.length, 1)
})

test('retry: a body that was taken from the client is not sent again, one that was not is', async () => {
  const { scripted, store, done, memory } = await scene()
  const put = (body: ReturnType<typeof onceBody>) =>
    done(store.putObject({ bucket: 'bucket', key: 'new', body, content: {}, metadata: {}, tags: [] }, context()))
  for (const step of [{ fault: 'reset' }, { fault: 'connect' }, { fault: 'throttled' }] as Step[]) {
    scripted.play({ ...step, touchesBody: true })
    await assert.rejects(put(onceBody('v')), { name: 'S3Error' })
    assert.equal(scripted.seen.length, 1)
    scripted.play({ ...step, touchesBody: false })
    await put(onceBody('v'))
    assert.equal(scripted.seen.length, 2)
    scripted.play({ ...step, touchesBody: true })
    await put({ ...onceBody('v'), replayable: true })
    assert.equal(scripted.seen.length, 2)
  }
  assert.equal((await actions(memory).get('bucket', 'new')).toString(), 'v')
})

test('retry: a body that was taken stays taken', async () => {
  const { scripted, store, done } = await scene()
  scripted.play({ fault: 'throttled', touchesBody: false }, { fault: 'throttled', touchesBody: true })
  const body = onceBody('v')
  await assert.rejects(
    done(store.putObject({ bucket: 'bucket', key: 'new', body, content: {}, metadata: {}, tags: [] }, context())),
    code('SlowDown'),
  )
  assert.equal(scripted.seen.length, 2)
})

/** Inputs of writes, by what they are. */
const conditions = { ifNoneMatch: '*' } as const
const place = { bucket: 'bucket', key: 'k' }
const source = { bucket: 'bucket', key: 'k' }
const writes: readonly [what: string, operation: OperationName, input: object, isRepeated: boolean][] = [
  ['deleteObject', 'deleteObject', place, true],
  ['deleteObject under a condition', 'deleteObject', { ...place, ifMatch: ['x'] }, false],
  ['deleteObjects', 'deleteObjects', { bucket: 'bucket', quiet: true, objects: [{ key: 'k' }] }, true],
  [
    'deleteObjects with ETags',
    'deleteObjects',
    { bucket: 'bucket', quiet: true, objects: [{ key: 'k', etag: 'x' }] },
    false,
  ],
  ['copyObject', 'copyObject', { bucket: 'bucket', key: 'copy', source }, true],
  ['copyObject under a condition', 'copyObject', { bucket: 'bucket', key: 'copy', source, conditions }, false],
  ['putObjectTagging', 'putObjectTagging', { ...place, tags: [] }, true],
  ['createBucket', 'createBucket', { bucket: 'other', location: '' }, false],
  ['deleteBucket', 'deleteBucket', { bucket: 'bucket' }, false],
  ['createMultipartUpload', 'createMultipartUpload', { ...place, content: {}, metadata: {}, tags: [] }, false],
  ['completeMultipartUpload', 'completeMultipartUpload', { ...place, uploadId: 'u', parts: [] }, false],
]

test('retry: writes that may have been done are repeated only when that does no harm', async () => {
  for (const [what, operation, input, isRepeated] of writes) {
    const attemptsAfter = async (step: Step) => {
      const { scripted, store, done } = await scene()
      scripted.play(step)
      const call = store[operation] as OperationFunction<OperationName>
      await done(call(input as never, context()).catch(() => {}))
      return scripted.seen.length
    }
    const sent: AttemptFault[] = ['reset', 'timeout', 'unavailable']
    for (const fault of sent) assert.equal(await attemptsAfter({ fault }), isRepeated ? 2 : 1, `${what}, ${fault}`)
    // These say that nothing was done.
    assert.equal(await attemptsAfter({ fault: 'throttled' }), 2, what)
    assert.equal(await attemptsAfter({ fault: 'connect' }), 2, what)
    assert.equal(await attemptsAfter({ fault: 'reset', wasSent: false }), 2, what)
  }
})

test('retry: an object that was opened is not opened again', async () => {
  const { scripted, store, done } = await scene()
  scripted.play({ fault: 'reset' }, { breaksAt: 2 })
  const reader = await done(store.getObject(place, context()))
  await assert.rejects(reader.readInto({ write: () => undefined }), /reset/)
  assert.equal(scripted.seen.length, 2)
})

test('retry: the trail tells what was repeated', async () => {
  const { scripted, head } = await scene()
  scripted.play({ fault: 'timeout', delayMs: 7 })
  const trail: TrailStep[] = []
  await head({ ...context(), startedMs: 0, notes: { trail } })
  assert.equal(trail.length, 1)
  assert.match(trail[0]?.what ?? '', /^a: timeout: again in [\d.]+ ms$/)
  assert.deepEqual([trail[0]?.by, trail[0]?.atMs], ['retry', 7])
})

test('retry: 30 % of refusals reach nobody, and cost less than half an attempt each', async () => {
  const { scripted, store, clock } = await scene()
  const { random } = scripted
  scripted.script = () => (random.chance(0.3) ? { fault: 'unavailable' } : { delayMs: 1 })
  const requests = 10_000
  let errors = 0
  const reader = async (share: number) => {
    for (let request = 0; request < share; request += 1) {
      await store.headObject(place, context()).catch(() => {
        errors += 1
      })
    }
  }
  await finish(clock, Promise.all(Array.from({ length: 100 }, () => reader(requests / 100))))
  assert.equal(errors, 0)
  const perRequest = scripted.seen.length / requests
  assert.ok(perRequest <= 1.5, `${perRequest} attempts a request`)
})

test('retry: a store that is dead gets no storm', async () => {
  for (const fault of ['connect', 'timeout', 'reset'] as const) {
    const share = fault === 'connect' ? 0.2 : 0.1
    const { scripted, store, clock, figures } = await scene()
    scripted.script = () => ({ fault, delayMs: 10 })
    const requests = 512
    const all = Array.from({ length: requests }, () => store.headObject(place, context()).catch(() => 'failed'))
    const answers = await finish(clock, Promise.all(all))
    assert.ok(answers.every((answer) => answer === 'failed'))
    assert.ok(scripted.seen.length <= requests * (1 + share) + 50, `${scripted.seen.length} attempts`)
    assert.ok(figures.retriesWithoutBudget > 400)
  }
})

test('retry: a group in which there is nobody to ask is waited for, by however many', async () => {
  const { scripted, store, clock, figures } = await scene()
  const backMs = clock.monotonic() + 2_000
  scripted.script = () => (clock.monotonic() < backMs ? { fault: 'saturated' } : undefined)
  await finish(clock, Promise.all(Array.from({ length: 300 }, () => store.headObject(place, context()))))
  assert.equal(figures.retriesWithoutBudget, 0)
  assert.ok(clock.monotonic() < backMs + 1_000)
})

test('retry: the first failures of a quiet store are mended, however many at once', async () => {
  const { scripted, store, clock } = await scene()
  scripted.script = (_attempt, number) => (number < 50 ? { fault: 'reset' } : undefined)
  await finish(clock, Promise.all(Array.from({ length: 50 }, () => store.headObject(place, context()))))
  assert.equal(scripted.seen.length, 100)
})

test('retry: over many requests, breaks cost a tenth of an attempt each at most', async () => {
  const { scripted, store, clock } = await scene()
  const { random } = scripted
  scripted.script = () => (random.chance(0.4) ? { fault: 'reset' } : undefined)
  const requests = 3_000
  for (let request = 0; request < requests; request += 1) {
    await finish(
      clock,
      store.headObject(place, context()).catch(() => {}),
    )
  }
  assert.ok(scripted.seen.length <= requests * 1.1 + 100, `${scripted.seen.length} attempts`)
})
