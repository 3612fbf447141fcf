import assert from 'node:assert/strict'
import { test } from 'node:test'
import { actions, bodyOf, code, context } from '../../test/conformance/harness.ts'
import { finish } from '../../test/support/finish.ts'
import { collect, ScriptedAttempts, type Step } from '../../test/support/scripted-attempts.ts'
import { settled } from '../../test/support/waiting.ts'
import { attemptErrorOf } from '../core/attempt.ts'
import type { RequestContext, TrailStep } from '../core/context.ts'
import { override } from '../core/layer.ts'
import { hedge } from './hedge.ts'

const place = { bucket: 'bucket', key: 'k' }
/** What a first byte takes in these tests, and what the layer will wait for it: bins of times are 15 % wide. */
const usualMs = 10
const delayMsMax = 12

/** A store with one object behind hedge alone, and reads enough to know what is usual. */
async function scene({ upstreams = ['a', 'b', 'c'], reads = 600 } = {}) {
  const scripted = new ScriptedAttempts(upstreams)
  const { memory, clock, runtime, figures } = scripted
  await actions(memory).create('bucket')
  await actions(memory).put('bucket', 'k', 'bytes')
  const store = scripted.behind(hedge(runtime, figures))
  const head = (ctx: RequestContext = context()) => finish(clock, store.headObject(place, ctx))
  const open = (ctx: RequestContext = context()) => finish(clock, store.getObject(place, ctx))
  scripted.script = () => ({ delayMs: usualMs })
  for (let read = 0; read < reads; read += 1) {
    await head()
    await (await open()).close()
  }
  return { scripted, clock, figures, store, head, open }
}

/** How long work takes, in simulated time. */
async function timed(clock: ScriptedAttempts['clock'], work: () => Promise<unknown>): Promise<number> {
  const beganMs = clock.monotonic()
  await work()
  return clock.monotonic() - beganMs
}

test('hedge: as long as all is well, nothing is sent twice', async () => {
  const { scripted, figures } = await scene()
  assert.equal(scripted.seen.length, 1_200)
  assert.equal(figures.hedges, 0)
})

test('hedge: a read that is late goes to another upstream as well, and the first answer counts', async () => {
  const { scripted, clock, figures, open } = await scene()
  scripted.play({ delayMs: 5_000 }, { delayMs: usualMs })
  const ctx = { ...context(), attempt: {} as { upstream?: string } }
  let body: Buffer | undefined
  const tookMs = await timed(clock, async () => {
    const reader = await open(ctx)
    body = await collect(reader)
    await reader.close()
  })
  assert.equal(body?.toString(), 'bytes')
  assert.ok(tookMs <= delayMsMax + usualMs, `${tookMs} ms`)
  const [first, second] = scripted.seen
  assert.notEqual(first?.upstream, second?.upstream)
  assert.deepEqual([first?.wasAborted, second?.wasAborted], [true, false])
  assert.deepEqual(
    [ctx.notes.hedged, ctx.notes.upstream, ctx.attempt.upstream],
    [true, second?.upstream, second?.upstream],
  )
  assert.deepEqual([figures.hedges, figures.hedgesWon], [1, 1])
})

test('hedge: when the first answers after all, the second is called off', async () => {
  const { scripted, clock, figures, head } = await scene()
  scripted.play({ delayMs: 20 }, { delayMs: 50 })
  const ctx = context()
  assert.equal(await timed(clock, () => head(ctx)), 20)
  const [first, second] = scripted.seen
  assert.deepEqual([first?.wasAborted, second?.wasAborted], [false, true])
  assert.deepEqual([figures.hedges, figures.hedgesWon], [1, 0])
  assert.equal(ctx.notes.upstream, first?.upstream)
})

test('hedge: a loser that cannot be called off is closed when it comes', async () => {
  const { scripted, clock } = await scene({ reads: 0 })
  const late = Promise.withResolvers<void>()
  const deaf = override((inner) => ({
    async getObject(input, ctx) {
      const isFirst = scripted.seen.length === 1
      const reader = await inner.getObject(input, { ...ctx, signal: new AbortController().signal })
      if (isFirst) await late.promise
      return reader
    },
  }))
  const store = scripted.behind(hedge(scripted.runtime, scripted.figures), deaf)
  // Another upstream than that of the first attempt has to be known.
  for (let read = 0; read < 2; read += 1) await finish(clock, store.headObject(place, context()))
  scripted.seen.splice(0, 1)
  const reader = await finish(clock, store.getObject(place, context()))
  const [, loser, winner] = scripted.seen
  assert.deepEqual([loser?.wasClosed, winner?.wasClosed], [false, false])
  late.resolve()
  await settled()
  assert.deepEqual([loser?.wasClosed, winner?.wasClosed], [true, false])
  await reader.close()
})

test('hedge: what the store refuses is an answer, whoever gives it first', async () => {
  const { scripted, clock, store, figures } = await scene()
  scripted.script = () => ({ delayMs: usualMs })
  const head = (ctx = context()) => finish(clock, store.headObject({ bucket: 'bucket', key: 'missing' }, ctx))
  scripted.play({ delayMs: 5_000 }, { delayMs: 1 })
  await assert.rejects(head(), code('NoSuchKey'))
  assert.deepEqual([figures.hedges, figures.hedgesWon, scripted.seen[0]?.wasAborted], [1, 1, true])
})

test('hedge: an attempt that fails leaves it to the other; when both fail, the call has failed', async () => {
  const { scripted, clock, figures, head } = await scene()
  scripted.play({ delayMs: 30, fault: 'reset' }, { delayMs: 40 })
  assert.ok((await timed(clock, () => head())) <= delayMsMax + 40)
  scripted.play({ delayMs: 60 }, { fault: 'connect' })
  assert.equal(await timed(clock, () => head()), 60)
  scripted.play({ delayMs: 30, fault: 'reset' }, { delayMs: 40, fault: 'timeout' })
  await assert.rejects(head(), (error) => attemptErrorOf(error)?.fault === 'timeout')
  assert.equal(figures.hedges, 3)
})

test('hedge: a failure before it is late is for retry', async () => {
  const { scripted, head, clock } = await scene()
  scripted.play({ fault: 'reset' })
  await assert.rejects(head(), (error) => attemptErrorOf(error)?.fault === 'reset')
  assert.equal(scripted.seen.length, 1)
  assert.equal(clock.step(), false, 'no timer is left behind')
})

test('hedge: writes are never hedged', async () => {
  const { scripted, clock, store } = await scene()
  scripted.script = () => ({ delayMs: 5_000 })
  scripted.seen.length = 0
  const body = bodyOf(Buffer.from('x'))
  await finish(clock, store.putObject({ ...place, body, content: {}, metadata: {}, tags: [] }, context()))
  await finish(clock, store.deleteObject(place, context()))
  assert.equal(scripted.seen.length, 2)
})

test('hedge: with one upstream there is nobody else to ask', async () => {
  const { scripted, head } = await scene({ upstreams: ['a'], reads: 50 })
  scripted.play({ delayMs: 5_000 })
  await head()
  assert.equal(scripted.seen.length, 1)
})

test('hedge: a client that goes away calls off both, and a reader hears of it until it is closed', async () => {
  const { scripted, clock, store, figures } = await scene()
  scripted.play({ delayMs: 5_000 }, { delayMs: 5_000 })
  const gone = new AbortController()
  const head = store.headObject(place, { ...context(), signal: gone.signal })
  clock.after(50, () => gone.abort(new Error('gone')))
  await assert.rejects(finish(clock, head), /gone/)
  await settled()
  assert.deepEqual(
    scripted.seen.map(({ wasAborted }) => wasAborted),
    [true, true],
  )
  assert.equal(figures.hedgesWon, 0)
  for (const isClosed of [true, false]) {
    scripted.play({ delayMs: usualMs })
    const later = new AbortController()
    const reader = await finish(clock, store.getObject(place, { ...context(), signal: later.signal }))
    if (isClosed) await reader.close()
    later.abort()
    assert.equal(scripted.seen[0]?.wasAborted, !isClosed)
  }
})

/** Reads by so many clients at once, some milliseconds apart. @returns times, sorted */
async function load({ clock, store }: Awaited<ReturnType<typeof scene>>, reads: number, clients = 20) {
  const times: number[] = []
  const client = async () => {
    for (let read = 0; read < reads / clients; read += 1) {
      const beganMs = clock.monotonic()
      await store.headObject(place, context())
      times.push(clock.monotonic() - beganMs)
      await clock.sleep(5)
    }
  }
  await finish(clock, Promise.all(Array.from({ length: clients }, client)))
  return times.sort((a, b) => a - b)
}

test('hedge: one slow upstream of three costs nobody much, and a twentieth more requests', async () => {
  const parts = await scene()
  const { scripted, figures } = parts
  const { random } = scripted
  scripted.seen.length = 0
  // A group that knows its upstreams sends next to nothing there; this one sends every twenty-fifth.
  scripted.script = () => ({ delayMs: random.chance(0.04) ? 1_000 : 6 + 6 * random.next() })
  const times = await load(parts, 8_000)
  const p99Ms = times[Math.floor(times.length * 0.99)] as number
  assert.ok(p99Ms <= 60, `p99 ${p99Ms} ms`)
  assert.ok(figures.hedges <= 8_000 * 0.05 + 64, `${figures.hedges} hedges`)
  assert.ok(figures.hedgesWon > 250, `${figures.hedgesWon} won`)
})

test('hedge: while the whole group is slow, it is left alone', async () => {
  const parts = await scene()
  const { scripted, figures } = parts
  scripted.script = () => ({ delayMs: 300 })
  await load(parts, 2_000)
  assert.ok(figures.hedges <= 64, `${figures.hedges} hedges`)
  assert.ok(figures.hedgesHeldBack > 1_000, `${figures.hedgesHeldBack} held back`)
})

test('hedge: reads that are a little late leave the half of what is saved to those that are very late', async () => {
  const { scripted, clock, store, figures } = await scene()
  const burst = async (step: Step) => {
    scripted.seen.length = 0
    const reads = 100
    scripted.script = (_attempt, number) => (number < reads ? step : { delayMs: usualMs })
    await finish(clock, Promise.all(Array.from({ length: reads }, () => store.headObject(place, context()))))
  }
  await burst({ delayMs: 25 })
  const little = figures.hedges
  assert.ok(little >= 30 && little <= 40, `${little} hedges`)
  await burst({ delayMs: 2_000 })
  assert.ok(figures.hedges - little >= 30, `${figures.hedges - little} more`)
  assert.ok(figures.hedgesWithoutBudget > 0)
})

test('hedge: what nothing is known of is late after a second', async () => {
  const { scripted, clock, store, head } = await scene()
  scripted.play({ delayMs: 20_000 }, { delayMs: usualMs })
  const list = () =>
    finish(clock, store.listObjectsV2({ ...place, prefix: '', delimiter: '', startAfter: '', maxKeys: 9 }, context()))
  assert.equal(await timed(clock, list), 1_000 + usualMs)
  scripted.play({ delayMs: 20_000 }, { delayMs: usualMs })
  const trail: TrailStep[] = []
  await head({ ...context(), notes: { trail } })
  assert.match(trail[0]?.what ?? '', /^[abc] is late: a second attempt elsewhere$/)
})
