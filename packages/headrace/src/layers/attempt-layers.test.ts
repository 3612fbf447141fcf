import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import type { ObjectReader } from '@headrace/s3'
import fc from 'fast-check'
import { actions, context, random } from '../../test/conformance/harness.ts'
import { finish } from '../../test/support/finish.ts'
import { onceBody, ScriptedAttempts, type Step } from '../../test/support/scripted-attempts.ts'
import type { AttemptFault } from '../core/attempt.ts'
import { attemptDefaults, attemptLayers } from './attempt-layers.ts'

const place = { bucket: 'bucket', key: 'k' }
/** Bodies of tests are small, and so is what counts as progress. */
const options = { ...attemptDefaults, resume: { ...attemptDefaults.resume, progressBytesMin: 500 } }

async function scene(readBack = attemptDefaults.readBack) {
  const scripted = new ScriptedAttempts()
  const { memory, clock, runtime, figures } = scripted
  const direct = actions(memory)
  await direct.create('bucket')
  const store = scripted.behind(...attemptLayers(runtime, figures, { ...options, readBack }))
  return { scripted, direct, clock, figures, store }
}

/** Reads an object to wherever it comes, as the front does. */
async function readSome({ store }: Pick<Awaited<ReturnType<typeof scene>>, 'store'>) {
  const chunks: Buffer[] = []
  let reader: ObjectReader | undefined
  try {
    reader = await store.getObject(place, context())
    await reader.readInto({
      write(chunk) {
        chunks.push(Buffer.from(chunk))
        return undefined
      },
    })
    return { etag: reader.info.etag, bytes: Buffer.concat(chunks), isWhole: true }
  } catch {
    return { etag: reader?.info.etag, bytes: Buffer.concat(chunks), isWhole: false }
  } finally {
    await reader?.close()
  }
}

const anyFault = fc.constantFrom<AttemptFault[]>('connect', 'reset', 'timeout', 'stalled', 'throttled', 'unavailable')
const anyBreak = fc.constantFrom<AttemptFault[]>('reset', 'truncated', 'stalled')
const anyDelayMs = fc.constantFrom(0, 1, 2_000)
/** What happens to one attempt at a read, and whether somebody writes the object before it. */
const anyStep = fc.record({
  step: fc.oneof(
    fc.record<Step>({ delayMs: anyDelayMs, breaksAt: fc.nat(6_000), breaksWith: anyBreak }),
    fc.record<Step>({ delayMs: anyDelayMs, fault: anyFault }),
  ),
  isOverwritten: fc.boolean(),
})

test('attempt layers: whatever fails, what is delivered is of one version, and whole or broken off', async () => {
  const figures = { whole: 0, broken: 0 }
  await fc.assert(
    fc.asyncProperty(fc.array(anyStep, { maxLength: 12, size: 'max' }), async (steps) => {
      const parts = await scene()
      const versions = new Map<string, Buffer>()
      const write = async () => {
        // All versions are of one size, so that only their ETags tell them apart.
        const bytes = random(5_000)
        versions.set((await parts.direct.put('bucket', 'k', bytes)).etag, bytes)
      }
      await write()
      parts.scripted.play(
        ...steps.map(({ step, isOverwritten }) => (isOverwritten ? { ...step, before: write } : step)),
      )
      const { etag = '', bytes, isWhole } = await finish(parts.clock, readSome(parts))
      const version = versions.get(etag) ?? Buffer.alloc(0)
      assert.deepEqual(bytes, version.subarray(0, bytes.length))
      assert.equal(isWhole && bytes.length !== version.length, false)
      figures[isWhole ? 'whole' : 'broken'] += 1
    }),
    { numRuns: 400 },
  )
  assert.ok(figures.whole > 100 && figures.broken > 10, JSON.stringify(figures))
})

/** So many reads by a hundred clients at once. @returns how many of them failed */
async function load(parts: Awaited<ReturnType<typeof scene>>, reads: number, clients = 100): Promise<number> {
  let failed = 0
  const client = async () => {
    for (let read = 0; read < reads / clients; read += 1) {
      if (!(await readSome(parts)).isWhole) failed += 1
    }
  }
  parts.scripted.seen.length = 0
  await finish(parts.clock, Promise.all(Array.from({ length: clients }, client)))
  return failed
}

test('attempt layers: 30 % of 503 over 10,000 GETs reach no client, for at most 1.5 attempts each', async () => {
  const parts = await scene()
  const { scripted, direct } = parts
  await direct.put('bucket', 'k', 'bytes')
  scripted.script = () => (scripted.random.chance(0.3) ? { fault: 'unavailable' } : { delayMs: 2 })
  assert.equal(await load(parts, 10_000), 0)
  const perRead = scripted.seen.length / 10_000
  assert.ok(perRead <= 1.5, `${perRead} attempts a read`)
})

test('attempt layers: resets, timeouts, late first bytes and broken bodies reach no client, for at most 1.1', async () => {
  const parts = await scene()
  const { scripted, direct, figures } = parts
  await direct.put('bucket', 'k', random(3_000))
  const kinds: Step[] = [
    { fault: 'reset' },
    { fault: 'timeout', delayMs: 3_000 },
    { delayMs: 4_000 },
    { delayMs: 3, breaksAt: 1_500 },
    { delayMs: 3, breaksAt: 700, breaksWith: 'stalled' },
  ]
  scripted.script = () => (scripted.random.chance(0.04) ? scripted.random.pick(kinds) : { delayMs: 3 })
  assert.equal(await load(parts, 6_000), 0)
  const perRead = scripted.seen.length / 6_000
  assert.ok(perRead <= 1.1, `${perRead} attempts a read`)
  assert.ok(figures.resumes > 0 && figures.hedgesWon > 0 && figures.retriesAfterBreaks > 0)
})

test('attempt layers: one upstream of three that dies under 300 readers fails nobody', async () => {
  const parts = await scene()
  const { scripted, direct } = parts
  const content = random(10_000)
  await direct.put('bucket', 'k', content)
  // Everything that is under way there breaks, and for a while nobody there answers.
  scripted.script = ({ upstream }, number) => {
    if (upstream !== 'a' || number > 400) return { delayMs: 5 }
    return number < 300 ? { delayMs: 5, breaksAt: 4_000 } : { fault: 'connect' }
  }
  assert.equal(await load(parts, 900, 300), 0)
})

test('attempt layers: a dead store gets no storm from 512 readers', async () => {
  for (const fault of ['connect', 'reset', 'timeout', 'unavailable'] as const) {
    const parts = await scene()
    parts.scripted.script = () => ({ fault, delayMs: fault === 'timeout' ? 5_000 : 1 })
    assert.equal(await load(parts, 512, 512), 512)
    const attempts = parts.scripted.seen.length
    // What is saved up, and the share of breaks, which take longer than it takes to ask.
    assert.ok(attempts <= 512 * 1.1 + 100, `${fault}: ${attempts} attempts`)
  }
})

/** What happens to one attempt at a conditional PUT. */
const anyWriteStep = fc.record({
  fault: fc.option(anyFault, { nil: undefined, freq: 2 }),
  done: fc.constantFrom<Step[]>({}, { isDone: true }, { doneAfterMs: 1 }, { doneAfterMs: 300 }),
  touchesBody: fc.boolean(),
  delayMs: fc.constantFrom(0, 1, 20),
})

test('attempt layers: of clients that count, each is told the truth, whatever answers are lost', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyWriteStep, { maxLength: 60, size: 'max' }), async (steps) => {
      // All clocks are one, so that what is older than a write is known to be.
      const { scripted, direct, clock, store } = await scene({ ...attemptDefaults.readBack, clockSkewMsMax: 0 })
      await direct.put('bucket', 'k', '0')
      let told = 0
      let untold = 0
      scripted.play(...steps.map(({ done, ...step }) => (isLost(step) ? { ...step, ...done } : step)))
      const client = async () => {
        for (let round = 0; round < 4; round += 1) {
          const before = await direct.get('bucket', 'k')
          const next = Number(before) + 1
          const conditions = { ifMatch: [createHash('md5').update(before).digest('hex')] }
          const input = { ...place, body: onceBody(String(next)), content: {}, metadata: {}, tags: [], conditions }
          await store.putObject(input, context()).then(
            () => {
              told += 1
            },
            (error: { code?: string }) => {
              if (error.code !== 'PreconditionFailed') untold += 1
            },
          )
        }
      }
      await finish(clock, Promise.all([client(), client(), client()]))
      await finish(clock, clock.sleep(1_000))
      const counted = Number(await direct.get('bucket', 'k'))
      assert.ok(told <= counted && counted <= told + untold, `${told} told, ${counted} counted, ${untold} not known`)
    }),
    { numRuns: 200 },
  )
})

/** Only an answer can be lost; who was not reached, or refused at once, did nothing. */
function isLost({ fault }: Step): boolean {
  return fault === 'reset' || fault === 'timeout' || fault === 'unavailable'
}
