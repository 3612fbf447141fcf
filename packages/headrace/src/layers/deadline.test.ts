import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ObjectReader } from '@headrace/s3'
import { SimClock } from '../../sim/sim-clock.ts'
import { actions, bodyOf, code, context } from '../../test/conformance/harness.ts'
import { runtime } from '../../test/open-store.ts'
import { type Deferred, deferred, settled } from '../../test/support/waiting.ts'
import { around, pipeline } from '../core/layer.ts'
import { createMemoryStore } from '../store/memory/memory-store.ts'
import { deadline } from './deadline.ts'

const operationTimeoutMs = 1_000

/** A memory store on which every operation waits for the test. */
async function slowStore() {
  const clock = new SimClock()
  const memory = createMemoryStore(runtime)
  const { create, put } = actions(memory)
  await create('bucket')
  await put('bucket', 'k', 'bytes')
  const waiting: Deferred[] = []
  const slow = around(async (call, next) => {
    const wait = deferred()
    waiting.push(wait)
    await wait.promise
    return next(call.ctx)
  })
  const store = pipeline(memory, [deadline(clock, { operationTimeoutMs }), slow])
  return { clock, memory, store, waiting }
}

test('deadline: an operation that takes too long is answered, to be sent again', async () => {
  const { clock, store } = await slowStore()
  const late = store.headObject({ bucket: 'bucket', key: 'k' }, context())
  assert.ok(clock.step())
  assert.equal(clock.monotonic(), operationTimeoutMs)
  await assert.rejects(late, code('ServiceUnavailable'))
})

test('deadline: an operation in time is answered as it is, and leaves no timer behind', async () => {
  const { clock, store, waiting } = await slowStore()
  const head = store.headObject({ bucket: 'bucket', key: 'k' }, context())
  waiting[0]?.resolve()
  assert.equal((await head).info.sizeBytes, 5)
  const missing = store.headObject({ bucket: 'bucket', key: 'missing' }, context())
  waiting[1]?.resolve()
  await assert.rejects(missing, code('NoSuchKey'))
  assert.equal(clock.step(), false)
})

test('deadline: what reads a body takes as long as the body takes', async () => {
  const { clock, store, waiting } = await slowStore()
  const body = bodyOf(Buffer.from('x'))
  const put = store.putObject({ bucket: 'bucket', key: 'new', body, content: {}, metadata: {}, tags: [] }, context())
  assert.equal(clock.step(), false)
  waiting[0]?.resolve()
  await put
})

test('deadline: a write that comes too late is answered and happens all the same', async () => {
  const { clock, memory, store, waiting } = await slowStore()
  const late = store.deleteObject({ bucket: 'bucket', key: 'k' }, context())
  clock.step()
  await assert.rejects(late, code('ServiceUnavailable'))
  waiting[0]?.resolve()
  await settled()
  assert.deepEqual(await actions(memory).list('bucket'), [])
})

test('deadline: an object that was opened too late is closed', async () => {
  const { clock, memory, waiting } = await slowStore()
  let closed = 0
  const counting = around(async (call, next) => {
    const wait = deferred()
    waiting.push(wait)
    await wait.promise
    const reader = (await next(call.ctx)) as ObjectReader
    const close = async () => {
      closed += 1
    }
    return { ...reader, close }
  })
  const store = pipeline(memory, [deadline(clock, { operationTimeoutMs }), counting])
  const inTime = store.getObject({ bucket: 'bucket', key: 'k' }, context())
  waiting[0]?.resolve()
  await inTime
  assert.equal(closed, 0, 'in time: whoever asked closes it')
  const late = store.getObject({ bucket: 'bucket', key: 'k' }, context())
  clock.step()
  await assert.rejects(late, code('ServiceUnavailable'))
  waiting[1]?.resolve()
  await settled()
  assert.equal(closed, 1)
})
