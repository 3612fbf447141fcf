import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Operations, type RequestedPart, S3Error } from '@headrace/s3'
import { actions, code, context, partBytes, random } from '../../test/conformance/harness.ts'
import { finish } from '../../test/support/finish.ts'
import { onceBody, ScriptedAttempts, type SeenAttempt, type Step } from '../../test/support/scripted-attempts.ts'
import type { AttemptFault } from '../core/attempt.ts'
import { readBack, readBackDefaults } from './read-back.ts'
import { retry } from './retry.ts'

const place = { bucket: 'bucket', key: 'k' }
const create = { ifNoneMatch: '*' } as const
const lost: readonly AttemptFault[] = ['reset', 'timeout', 'unavailable']

async function scene(options = readBackDefaults) {
  const scripted = new ScriptedAttempts()
  const { memory, clock, runtime, figures } = scripted
  const direct = actions(memory)
  await direct.create('bucket')
  const store = scripted.behind(readBack(runtime, figures, options), retry(runtime, figures))
  const done = <T>(work: Promise<T>) => finish(clock, work)
  const put = (bytes: string, more: Partial<Operations['putObject']['input']> = {}, key = 'k') => {
    const input = { bucket: 'bucket', key, body: onceBody(bytes), content: {}, metadata: {}, tags: [], ...more }
    return done(store.putObject(input, context()))
  }
  const operations = () => scripted.seen.map(({ operation }) => operation)
  return { scripted, memory, direct, clock, figures, store, done, put, operations }
}

const lostAnswer = (fault: AttemptFault): Step => ({ fault, isDone: true, touchesBody: true })

test('read-back: a conditional PUT that was done is answered as if nothing had been lost', async () => {
  for (const fault of lost) {
    const { scripted, put, operations, direct } = await scene()
    scripted.play(lostAnswer(fault))
    const { etag, sizeBytes } = await put('mine', { conditions: create })
    assert.deepEqual(operations(), ['putObject', 'headObject'])
    assert.notEqual(scripted.upstreams[0], scripted.upstreams[1])
    assert.equal(sizeBytes, 4)
    assert.equal((await direct.get('bucket', 'k', { conditions: { ifMatch: [etag] } })).toString(), 'mine')
  }
})

test('read-back: what it asks is asked again when that fails', async () => {
  const { scripted, put, operations } = await scene()
  scripted.play(lostAnswer('reset'), { fault: 'unavailable' }, { fault: 'connect' })
  await put('mine', { conditions: create })
  assert.deepEqual(operations(), ['putObject', 'headObject', 'headObject', 'headObject'])
})

test('read-back: of two that count from 5 to 6 at once, only one is told that it did', async () => {
  const { scripted, direct, put, figures } = await scene()
  const { etag } = await direct.put('bucket', 'k', '5')
  const conditions = { ifMatch: [etag] }
  await put('6', { conditions })
  // The other one was refused, and its answer is lost; what is there now is byte for byte what it sent.
  scripted.play({ fault: 'reset', touchesBody: true })
  await assert.rejects(put('6', { conditions }), (error) => {
    assert.match(String(error), /not known whether this was done.*Look at the object/)
    return (error as { code: string }).code === 'ServiceUnavailable'
  })
  assert.deepEqual([figures.readBacks, figures.readBacksUndecided], [1, 1])
})

test('read-back: what was there long before refused the PUT, and says so', async () => {
  const { scripted, direct, put, clock } = await scene()
  await direct.put('bucket', 'k', 'theirs')
  clock.advance(16 * 60_000)
  scripted.play({ fault: 'reset', touchesBody: true })
  await assert.rejects(put('mine', { conditions: create }), code('PreconditionFailed'))
})

test('read-back: a PUT that is not there, or cannot be looked for, is not known', async () => {
  const { scripted, put } = await scene()
  scripted.play({ fault: 'reset', touchesBody: true })
  await assert.rejects(put('mine', { conditions: create }), code('ServiceUnavailable'))
  scripted.script = ({ operation }) => (operation === 'headObject' ? { fault: 'unavailable' } : lostAnswer('reset'))
  await assert.rejects(put('mine', { conditions: create }), code('ServiceUnavailable'))
})

test('read-back: what was never sent, was refused, or has no condition is not looked for', async () => {
  const { scripted, put, operations } = await scene()
  for (const fault of ['connect', 'throttled'] as const) {
    scripted.play({ fault, touchesBody: true })
    await assert.rejects(put('mine', { conditions: create }))
    assert.deepEqual(operations(), ['putObject'], fault)
  }
  await put('theirs')
  scripted.play()
  await assert.rejects(put('mine', { conditions: create }), code('PreconditionFailed'))
  assert.deepEqual(operations(), ['putObject'])
  scripted.play({ fault: 'reset', touchesBody: true })
  await assert.rejects(put('mine'), /not known whether this was done.*Send the request again/)
  assert.deepEqual(operations(), ['putObject'])
})

test('read-back: the mark is in the store, and nobody sees it', async () => {
  const { store, memory, put, done } = await scene()
  await put('mine', { conditions: create, metadata: { mine: 'x' } })
  const { info } = await memory.headObject(place, context())
  assert.match(info.metadata['headrace-write'] ?? '', /^[0-9a-f]{32}$/)
  assert.deepEqual((await done(store.headObject(place, context()))).info.metadata, { mine: 'x' })
  assert.deepEqual((await done(store.getObject(place, context()))).info.metadata, { mine: 'x' })
  assert.equal((await done(actions(store).get('bucket', 'k'))).toString(), 'mine')
  await put('plain', { metadata: { mine: 'x' } }, 'other')
  assert.deepEqual((await memory.headObject({ ...place, key: 'other' }, context())).info.metadata, { mine: 'x' })
})

test('read-back: without a mark, or room for it, a PUT is done as ever, and not known when its answer is lost', async () => {
  const metadata = { long: 'x'.repeat(2_040) }
  const plain = await scene({ ...readBackDefaults, marksConditionalWrites: false })
  const full = await scene()
  for (const [{ scripted, put, memory }, more] of [
    [plain, {}],
    [full, { metadata }],
  ] as const) {
    await put('first', { conditions: create, ...more })
    assert.equal((await memory.headObject(place, context())).info.metadata['headrace-write'], undefined)
    scripted.play(lostAnswer('reset'))
    await assert.rejects(put('mine', { conditions: create, ...more }, 'new'), code('ServiceUnavailable'))
  }
})

test('read-back: a PUT whose body can be had again is sent again, under the same mark', async () => {
  for (const isDoneLate of [false, true]) {
    const { scripted, put, operations, memory } = await scene()
    // The first one is lost, or done when it has already been looked for: then the second one is refused.
    const late = async () => {
      const first = scripted.seen[0]?.input as Operations['putObject']['input']
      if (isDoneLate) await memory.putObject({ ...first, body: onceBody('mine') }, context())
    }
    scripted.play({ fault: 'reset', touchesBody: false }, undefined, { before: late })
    assert.equal((await put('mine', { conditions: create })).sizeBytes, 4)
    const refused = isDoneLate ? ['headObject'] : []
    assert.deepEqual(operations(), ['putObject', 'headObject', 'putObject', ...refused])
  }
})

test('read-back: a repetition that is refused for the object of somebody else is not known', async () => {
  const { scripted, direct, put } = await scene()
  const theirs = () => direct.put('bucket', 'k', 'theirs')
  scripted.play({ fault: 'reset', touchesBody: false }, undefined, { before: theirs })
  await assert.rejects(put('mine', { conditions: create }), code('ServiceUnavailable'))
})

/** An upload with its two parts, ready to be completed. */
async function upload(parts: Awaited<ReturnType<typeof scene>>) {
  const { direct, store, done } = parts
  const uploadId = await direct.upload('bucket', 'k')
  const bytes = [random(partBytes), Buffer.from('rest')]
  const requested: RequestedPart[] = []
  for (const [index, part] of bytes.entries()) {
    requested.push(await direct.part('bucket', 'k', uploadId, index + 1, part))
  }
  const input = { ...place, uploadId, parts: requested }
  const complete = (more: Partial<Operations['completeMultipartUpload']['input']> = {}) =>
    done(store.completeMultipartUpload({ ...input, ...more }, context()))
  return { ...parts, uploadId, complete, content: Buffer.concat(bytes) }
}

/** Ceph and MinIO forget an upload once it is complete; the memory store does not. */
function forgetful(steps: readonly (Step | undefined)[]) {
  let completions = 0
  let isCompleted = false
  return ({ operation }: SeenAttempt): Step | undefined => {
    if (operation !== 'completeMultipartUpload') return undefined
    const step = steps[completions]
    completions += 1
    if (isCompleted) return step ?? { alters: gone }
    isCompleted = step?.fault === undefined || step.isDone === true
    return step
  }
}

function gone(): never {
  throw new S3Error('NoSuchUpload')
}

test('read-back: a completion that was done is answered as if nothing had been lost', async () => {
  for (const conditions of [undefined, create]) {
    for (const fault of lost) {
      const { scripted, complete, operations, direct, content } = await upload(await scene())
      scripted.play(lostAnswer(fault))
      const { etag } = await complete({ conditions })
      assert.deepEqual(operations(), ['completeMultipartUpload', 'listParts', 'headObject'])
      assert.match(etag, /^[0-9a-f]{32}-2$/)
      assert.deepEqual(await direct.get('bucket', 'k', { conditions: { ifMatch: [etag] } }), content)
    }
  }
})

test('read-back: a completion that was not done is sent again, and found when it comes late', async () => {
  const { scripted, complete, operations } = await upload(await scene())
  scripted.script = forgetful([{ fault: 'reset' }, { fault: 'timeout' }, lostAnswer('unavailable')])
  scripted.seen.length = 0
  assert.match((await complete()).etag, /-2$/)
  assert.deepEqual(operations().slice(0, 4), [
    'completeMultipartUpload',
    'listParts',
    'completeMultipartUpload',
    'listParts',
  ])
  assert.deepEqual(operations().slice(4), ['completeMultipartUpload', 'listParts', 'headObject'])
})

test('read-back: the refusal of a repetition is held against what the first attempt did', async () => {
  // The first one is done after all, on the way of the second, for which its object is somebody else's.
  const late = await upload(await scene())
  late.scripted.play({ fault: 'reset' }, undefined, { alters: refused })
  assert.match((await late.complete({ conditions: create })).etag, /-2$/)
  // Somebody else has written the object: the upload is still there, and the refusal is true.
  const early = await upload(await scene())
  early.scripted.play({ fault: 'reset' })
  await early.direct.put('bucket', 'k', 'theirs')
  await assert.rejects(early.complete({ conditions: create }), code('PreconditionFailed'))
})

function refused(): never {
  throw new S3Error('PreconditionFailed')
}

test('read-back: an upload that is gone, with another object in its place, is not known', async () => {
  const { scripted, complete, figures } = await upload(await scene())
  scripted.play(lostAnswer('reset'), undefined, { alters: foreign })
  await assert.rejects(complete(), code('ServiceUnavailable'))
  assert.deepEqual([figures.readBacks, figures.readBacksUndecided], [1, 1])
})

function foreign(head: Operations['headObject']['output']): Operations['headObject']['output'] {
  return { ...head, info: { ...head.info, etag: 'f'.repeat(32) } }
}

test('read-back: a client that completes twice is told the same twice, but not under a condition', async () => {
  const { scripted, complete } = await upload(await scene())
  scripted.script = forgetful([])
  const { etag } = await complete()
  assert.equal((await complete()).etag, etag)
  await assert.rejects(complete({ conditions: { ifMatch: [etag] } }), code('NoSuchUpload'))
})

test('read-back: an upload that never was is none, when the object is another one or missing', async () => {
  const { scripted, complete, direct } = await upload(await scene())
  scripted.script = ({ operation }) => (operation === 'completeMultipartUpload' ? { alters: gone } : undefined)
  await direct.put('bucket', 'k', 'theirs')
  const uploadId = 'never'
  await assert.rejects(complete({ uploadId }), code('NoSuchUpload'))
  await scripted.memory.deleteObject(place, context())
  await assert.rejects(complete({ uploadId }), code('NoSuchUpload'))
})

test('read-back: the empty ETag that Ceph answers a repetition with is filled in', async () => {
  const { scripted, complete } = await upload(await scene())
  scripted.play({ alters: (output: Operations['completeMultipartUpload']['output']) => ({ ...output, etag: '' }) })
  assert.match((await complete()).etag, /^[0-9a-f]{32}-2$/)
})

test('read-back: a completion that nobody answers is given up', async () => {
  const { scripted, complete, operations, clock } = await upload(await scene())
  scripted.play()
  scripted.script = ({ operation }) => (operation === 'completeMultipartUpload' ? { fault: 'unavailable' } : undefined)
  await assert.rejects(complete(), /not known whether this was done/)
  assert.equal(operations().filter((name) => name === 'completeMultipartUpload').length, 5)
  assert.ok(clock.monotonic() < 60_000)
})

test('read-back: other writes that may have been done say so', async () => {
  const { scripted, store, done } = await scene()
  scripted.script = () => ({ fault: 'reset' })
  await assert.rejects(
    done(store.createBucket({ bucket: 'new', location: '' }, context())),
    /not known.*Send the request/,
  )
  await assert.rejects(done(store.deleteObject({ ...place, ifMatch: ['x'] }, context())), /not known.*Look at/)
  await assert.rejects(done(store.headObject(place, context())), (error) => !/not known/.test(String(error)))
})
