import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type OperationName, operationTraits } from '@headrace/s3'
import { actions, context } from '../../test/conformance/harness.ts'
import { testObjectStore } from '../../test/conformance/suite.ts'
import { runtime } from '../../test/open-store.ts'
import { systemClock } from '../core/runtime.ts'
import { admit } from '../layers/admit.ts'
import { deadline } from '../layers/deadline.ts'
import { observe } from '../layers/observe.ts'
import { createMemoryStore } from '../store/memory/memory-store.ts'
import { around, override, pipeline } from './layer.ts'
import { serverLimits } from './limits.ts'
import type { OperationFunction } from './store.ts'

testObjectStore('memory under layers', async () => ({
  store: pipeline(createMemoryStore(runtime), [observe(), deadline(systemClock, serverLimits), admit(serverLimits)]),
  async close() {},
}))

test('pipeline: the first layer of the list is the outermost', async () => {
  const seen: string[] = []
  const noting = (name: string) =>
    around((call, next) => {
      seen.push(name)
      return next(call.ctx)
    })
  const store = pipeline(createMemoryStore(runtime), [noting('outer'), noting('middle'), noting('inner')])
  await actions(store).create('bucket')
  assert.deepEqual(seen, ['outer', 'middle', 'inner'])
})

test('around: every operation of the table passes, with its name, input and context', async () => {
  const names = Object.keys(operationTraits) as OperationName[]
  const seen: OperationName[] = []
  const inputs: unknown[] = []
  const answering = around(async ({ operation, input }) => {
    seen.push(operation)
    inputs.push(input)
    return undefined as never
  })
  const store = pipeline(createMemoryStore(runtime), [answering])
  for (const name of names) await (store[name] as OperationFunction<OperationName>)(name as never, context())
  assert.deepEqual(seen, names)
  assert.deepEqual(inputs, names)
  assert.equal(store.name, 'memory')
  assert.deepEqual(store.capability, createMemoryStore(runtime).capability)
})

test('around: a layer may put another context in place', async () => {
  const renaming = around((call, next) => next({ ...call.ctx, requestId: 'another' }))
  let requestId = ''
  const noting = around((call, next) => {
    requestId = call.ctx.requestId
    return next(call.ctx)
  })
  await actions(pipeline(createMemoryStore(runtime), [renaming, noting])).create('bucket')
  assert.equal(requestId, 'another')
})

test('override: replaces what it names and lets the rest pass', async () => {
  const store = pipeline(createMemoryStore(runtime), [
    override((inner) => ({
      deleteObject: async () => ({}),
      listObjectsV2: (input, ctx) => inner.listObjectsV2({ ...input, maxKeys: 1 }, ctx),
    })),
  ])
  const { create, put, list } = actions(store)
  await create('bucket')
  await put('bucket', 'a', 'x')
  await put('bucket', 'b', 'x')
  await store.deleteObject({ bucket: 'bucket', key: 'a' }, context())
  assert.deepEqual(await list('bucket'), ['a'])
})

test('observe: notes which store answers, also when it refuses', async () => {
  const store = pipeline(createMemoryStore(runtime), [observe()])
  const ctx = context()
  await assert.rejects(store.headBucket({ bucket: 'missing' }, ctx))
  assert.equal(ctx.notes.store, 'memory')
})
