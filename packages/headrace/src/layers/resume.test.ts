import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ByteSink, type GetObjectInput, type ObjectReader, S3Error } from '@headrace/s3'
import { actions, code, context, random } from '../../test/conformance/harness.ts'
import { finish } from '../../test/support/finish.ts'
import { collect, rangeOf, ScriptedAttempts, type Step } from '../../test/support/scripted-attempts.ts'
import { deferred, settled } from '../../test/support/waiting.ts'
import { AttemptError } from '../core/attempt.ts'
import { type ResumeOptions, resume, resumeDefaults } from './resume.ts'

const place = { bucket: 'bucket', key: 'k' }
const content = random(20_000)
/** Bodies of tests are small, and so is what counts as progress. */
const testOptions: ResumeOptions = { ...resumeDefaults, progressBytesMin: 500 }

async function scene(options = testOptions) {
  const scripted = new ScriptedAttempts()
  const { memory, clock, runtime, figures } = scripted
  const { create, put } = actions(memory)
  await create('bucket')
  await put('bucket', 'k', content)
  const store = scripted.behind(resume(runtime, figures, options))
  const open = (more: Partial<GetObjectInput> = {}, ctx = context()) =>
    finish(clock, store.getObject({ ...place, ...more }, ctx))
  const read = async (more: Partial<GetObjectInput> = {}, ctx = context()) => {
    const reader = await open(more, ctx)
    const bytes = await finish(clock, collect(reader))
    await reader.close()
    return bytes
  }
  return { scripted, clock, figures, put, open, read }
}

/** Of what was opened, what was not closed. */
const leaks = ({ seen }: ScriptedAttempts) => seen.filter(({ wasClosed }) => !wasClosed).length

test('resume: a body that breaks goes on from where it broke, elsewhere, under its ETag', async () => {
  const { scripted, figures, read } = await scene()
  for (const breaksWith of ['reset', 'truncated', 'stalled'] as const) {
    scripted.play({ breaksAt: 7_100, breaksWith }, { breaksAt: 3_000, breaksWith })
    const ctx = context()
    assert.deepEqual(await read({}, ctx), content)
    assert.deepEqual(scripted.seen.map(rangeOf), ['all', '7100-19999', '10100-19999'])
    const demanded = (scripted.seen[1]?.input as GetObjectInput | undefined)?.conditions?.ifMatch
    assert.match(String(demanded), /^[0-9a-f]{32}$/)
    assert.notEqual(scripted.seen[0]?.upstream, scripted.seen[1]?.upstream)
    assert.equal(ctx.notes.resumed, 2)
    assert.equal(leaks(scripted), 0)
  }
  assert.deepEqual([figures.resumes, figures.resumesFailed], [6, 0])
})

test('resume: ranges, suffixes and bodies that break before their first byte', async () => {
  const { scripted, read } = await scene()
  scripted.play({ breaksAt: 10 })
  assert.deepEqual(await read({ range: { first: 100, last: 199 } }), content.subarray(100, 200))
  assert.equal(scripted.seen.map(rangeOf)[1], '110-199')
  scripted.play({ breaksAt: 99 })
  assert.deepEqual(await read({ range: { suffixBytes: 100 } }), content.subarray(-100))
  assert.equal(scripted.seen.map(rangeOf)[1], '19999-19999')
  scripted.play({ breaksAt: 0 })
  assert.deepEqual(await read(), content)
  assert.equal(scripted.seen.map(rangeOf)[1], '0-19999')
})

test('resume: a body that ends without a word, too early, goes on as well', async () => {
  const { scripted, read } = await scene()
  const silent: Step = {
    alters: (reader: ObjectReader) => ({
      ...reader,
      readInto: async (sink: ByteSink) => void (await sink.write(content.subarray(0, 10))),
    }),
  }
  scripted.play(silent)
  assert.deepEqual(await read(), content)
})

test('resume: an object that was changed or removed ends the body', async () => {
  for (const isRemoved of [false, true]) {
    const { scripted, figures, put, open, clock } = await scene()
    scripted.play({ breaksAt: 5_000 })
    const reader = await open()
    if (isRemoved) await scripted.memory.deleteObject(place, context())
    else await put('bucket', 'k', random(20_000))
    await assert.rejects(finish(clock, collect(reader)), (error) => {
      assert.ok(error instanceof S3Error)
      assert.match(error.message, /changed or removed/)
      return error.code === 'ServiceUnavailable'
    })
    await reader.close()
    assert.deepEqual([figures.resumes, figures.resumesFailed], [1, 1])
    assert.deepEqual(
      scripted.seen.map(({ wasClosed }) => wasClosed),
      [true, false],
      'what was refused needs no closing',
    )
  }
})

/** What an upstream may send that is not the rest. */
const wrongContinuations: Record<string, (reader: ObjectReader) => ObjectReader> = {
  'another ETag': (reader) => ({ ...reader, info: { ...reader.info, etag: 'f'.repeat(32) } }),
  'another size': (reader) => ({ ...reader, info: { ...reader.info, sizeBytes: 20_001 } }),
  'the whole object': ({ info, readInto, close }) => ({ info, readInto, close }),
  'another range': (reader) => ({ ...reader, selection: { first: 5_001, last: 19_999 } }),
  'a shorter range': (reader) => ({ ...reader, selection: { first: 5_000, last: 19_998 } }),
}

test('resume: what is not the rest of the same object is never taken for it', async () => {
  for (const [what, alters] of Object.entries(wrongContinuations)) {
    const { scripted, read } = await scene()
    scripted.play({ breaksAt: 5_000 }, { alters: alters as Step['alters'] })
    await assert.rejects(read(), code('ServiceUnavailable'), what)
    assert.equal(scripted.seen.length, 2)
  }
})

test('resume: more bytes than were announced are never passed on', async () => {
  const { scripted, open, clock } = await scene()
  const more: Step = {
    alters: (reader: ObjectReader) => ({
      ...reader,
      readInto: async (sink: ByteSink) => void (await sink.write(random(20_001))),
    }),
  }
  scripted.play(more)
  const reader = await open()
  await assert.rejects(finish(clock, collect(reader)), /more bytes/)
})

test('resume: without a strong ETag nothing is continued, nor is an empty object', async () => {
  for (const etag of ['', 'W/"x"']) {
    const { scripted, read } = await scene()
    const weak = (reader: ObjectReader) => ({ ...reader, info: { ...reader.info, etag } })
    scripted.play({ breaksAt: 5_000, alters: weak as Step['alters'] })
    await assert.rejects(read(), /reset/)
    assert.equal(scripted.seen.length, 1)
  }
  const { put, read } = await scene()
  await put('bucket', 'k', '')
  assert.equal((await read()).length, 0)
})

test('resume: three continuations in a row that bring nothing are enough, progress begins the count anew', async () => {
  const { scripted, read, clock, figures } = await scene()
  scripted.play(...Array.from({ length: 9 }, () => ({ breaksAt: 400 })))
  await assert.rejects(read(), code('ServiceUnavailable'))
  assert.deepEqual(scripted.seen.map(rangeOf), ['all', '400-19999', '800-19999', '1200-19999'])
  assert.equal(new Set(scripted.upstreams.slice(0, 3)).size, 3, 'each elsewhere')
  assert.ok(clock.monotonic() > 0, 'and not all at once')
  assert.equal(figures.resumesFailed, 1)
  scripted.play(...Array.from({ length: 30 }, (_, index) => ({ breaksAt: index % 3 === 2 ? 900 : 100 })))
  assert.deepEqual(await read(), content)
})

test('resume: who broke long ago is asked again', async () => {
  const { scripted, read } = await scene()
  scripted.play({ breaksAt: 1_000 }, { breaksAt: 1_000 }, { breaksAt: 1_000 }, { breaksAt: 1_000 }, { breaksAt: 1_000 })
  await read()
  const { upstreams } = scripted
  upstreams.forEach((name, index) => {
    assert.notEqual(name, upstreams[index - 1])
  })
})

test('resume: what retry has given up is given up', async () => {
  const { scripted, read } = await scene()
  scripted.play({ breaksAt: 5_000 }, { fault: 'connect' })
  await assert.rejects(read(), (error) => {
    assert.ok(error instanceof S3Error)
    assert.equal(error.origin, 'upstream')
    return error.code === 'ServiceUnavailable' && error.cause instanceof AttemptError
  })
  assert.equal(scripted.seen.length, 2)
})

test('resume: no more than the budget pays for', async () => {
  const budget = { share: 0.5, reserve: 2, savedMax: 3 }
  const { scripted, read, figures } = await scene({ ...testOptions, budget })
  scripted.script = ({ input }) => ((input as GetObjectInput).range === undefined ? { breaksAt: 5_000 } : undefined)
  const answers = await Promise.allSettled(Array.from({ length: 20 }, () => read()))
  const whole = answers.filter(({ status }) => status === 'fulfilled').length
  assert.ok(whole >= 2 && whole <= 13, `${whole}`)
  assert.equal(figures.resumes, whole)
  assert.equal(figures.resumesFailed, 20 - whole)
})

test('resume: what the sink throws is its own, and ends the body', async () => {
  const { scripted, open } = await scene()
  scripted.play({ breaksAt: 5_000 })
  const reader = await open()
  const full = new S3Error('RequestTimeout', { origin: 'connection', message: 'The client is gone.' })
  await assert.rejects(reader.readInto({ write: () => Promise.reject(full) }), full)
  assert.equal(scripted.seen.length, 1)
})

test('resume: the next reader waits until the sink is done with the bytes of the one before', async () => {
  const { scripted, open, clock } = await scene()
  const busy = deferred()
  let writes = 0
  /** Fails while the sink is still at work. */
  const hasty: Step = {
    alters: (reader: ObjectReader) => ({
      ...reader,
      async readInto(sink: ByteSink) {
        sink.write(content.subarray(0, 1_000))
        throw new AttemptError({ fault: 'reset', wasSent: true })
      },
    }),
  }
  scripted.play(hasty)
  const reader = await open()
  const reading = reader.readInto({
    write() {
      writes += 1
      return writes === 1 ? busy.promise : undefined
    },
  })
  await settled()
  assert.deepEqual([writes, scripted.seen.length], [1, 1])
  busy.resolve()
  await finish(clock, reading)
  assert.equal(writes, 20)
})

test('resume: a reader that was closed is not continued', async () => {
  const { scripted, open, clock } = await scene()
  scripted.play({ breaksAt: 5_000 }, { delayMs: 1_000 })
  const reader = await open()
  const reading = collect(reader)
  await settled()
  await reader.close()
  await assert.rejects(finish(clock, reading))
  assert.equal(leaks(scripted), 0)
})

test('resume: a client that is gone is not read for', async () => {
  const { scripted, open, clock } = await scene()
  scripted.play({ breaksAt: 5_000 })
  const gone = new AbortController()
  const reader = await open({}, { ...context(), signal: gone.signal })
  gone.abort()
  await assert.rejects(finish(clock, collect(reader)))
  assert.equal(scripted.seen.length, 1)
})
