import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { runtime, type Test } from '../../test/open-store.ts'
import { requestBytes } from '../../test/support/connection.ts'
import { startFront } from '../../test/support/front.ts'
import { alice, bob, headersOf, keys, presignedTarget, type RequestOptions } from '../../test/support/requests.ts'
import { deferred } from '../../test/support/waiting.ts'
import { override, pipeline } from '../core/layer.ts'
import { addStep } from '../core/trail.ts'
import { ownerNamed } from '../identity/owner.ts'
import { createMemoryStore } from '../store/memory/memory-store.ts'

const memory = () => createMemoryStore(runtime)

async function recording(t: Test, options?: Parameters<typeof startFront>[1]) {
  const front = await startFront(t, options)
  const connection = front.open()
  const send = async (options: RequestOptions) => {
    const record = front.events.nextRecord()
    const answer = await connection.request({ as: alice, ...options })
    return { answer, record: await record }
  }
  await send({ method: 'PUT', target: '/bucket' })
  return { ...front, connection, send }
}

test('record: says who did what with which result, how much and how long', async (t) => {
  const { send } = await recording(t)
  const headers = ['user-agent', 'client/1', 'if-none-match', '*', 'x-amz-checksum-crc32', 'hYn3hQ==']
  const { answer, record } = await send({ method: 'PUT', target: '/bucket/a%20key', headers, body: 'bytes' })
  const { time, firstByteMs, totalMs, host, clientIp, ...rest } = record
  assert.match(time, /^\d{4}-\d\d-\d\dT/)
  assert.ok(firstByteMs > 0 && totalMs >= firstByteMs)
  assert.match(host ?? '', /^127\.0\.0\.1:\d+$/)
  assert.equal(clientIp, '127.0.0.1')
  const known = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined))
  assert.equal(answer.status, 400)
  assert.deepEqual(known, {
    requestId: answer.headers['x-amz-request-id'],
    operation: 'putObject',
    method: 'PUT',
    bucket: 'bucket',
    key: 'a key',
    status: 400,
    errorCode: 'BadDigest',
    bytesIn: 5,
    bytesOut: answer.body.length,
    userAgent: 'client/1',
    accessKeyId: 'ALICEKEY',
    owner: ownerNamed('alice').displayName,
    conditions: 'if-none-match',
    checksumAlgorithm: 'crc32',
    store: 'memory',
    worker: 7,
  })
})

test('record: a read notes size, ETag and range', async (t) => {
  const { send } = await recording(t)
  const { record: written } = await send({ method: 'PUT', target: '/bucket/k', body: '0123456789' })
  const { record } = await send({ target: '/bucket/k', headers: ['range', 'bytes=2-5'] })
  const { status, bytesOut, objectSize, rangeStart, rangeLength, etag } = record
  assert.deepEqual(
    { status, bytesOut, objectSize, rangeStart, rangeLength },
    { status: 206, bytesOut: 4, objectSize: 10, rangeStart: 2, rangeLength: 4 },
  )
  assert.equal(etag, written.etag)
  const head = (await send({ method: 'HEAD', target: '/bucket/k' })).record
  assert.deepEqual([head.operation, head.objectSize, head.bytesOut], ['headObject', 10, 0])
})

test('record: uploads, parts, versions and trailers are named', async (t) => {
  const { send } = await recording(t)
  const target = '/bucket/k?partNumber=3&uploadId=UPLOAD'
  const { record } = await send({
    method: 'PUT',
    target,
    headers: ['x-amz-trailer', 'x-amz-checksum-crc64nvme'],
    body: '',
  })
  assert.deepEqual(
    [record.operation, record.partNumber, record.uploadId, record.checksumAlgorithm],
    ['uploadPart', 3, 'UPLOAD', 'crc64nvme'],
  )
  assert.equal((await send({ target: '/bucket/k?versionId=null' })).record.versionId, 'null')
})

test('record: what could not be understood has its status all the same', async (t) => {
  const { send } = await recording(t)
  const { record } = await send({ target: '/bucket/%zz', as: undefined })
  assert.deepEqual([record.operation, record.status, record.errorCode], [undefined, 400, 'InvalidURI'])
})

test('record: a client that left before the reply is 499', async (t) => {
  const arrived = deferred()
  const waiting = override((inner) => ({
    async listBuckets(input, ctx) {
      arrived.resolve()
      await once(ctx.signal, 'abort')
      return inner.listBuckets(input, ctx)
    },
  }))
  const { port, open, events } = await recording(t, { store: pipeline(memory(), [waiting]) })
  const record = events.nextRecord()
  const leaving = open()
  leaving.write(requestBytes(port, { target: '/', as: alice }))
  await arrived.promise
  leaving.socket.resetAndDestroy()
  assert.equal((await record).status, 499)
})

test('logs: no secret and no signature in any of them, whatever is sent', async (t) => {
  const failing = override(() => ({ getObjectTagging: () => Promise.reject(new Error('the drive failed')) }))
  const store = pipeline(memory(), [failing])
  const { port, send, events } = await recording(t, { store })
  const presigned = presignedTarget(port, '/bucket/k', alice)
  const presignedTagging = presignedTarget(port, '/bucket/k?tagging', alice)
  const forged = { ...bob, secretKey: 'guessed' }
  await send({ method: 'PUT', target: '/bucket/k', body: 'bytes' })
  await send({ target: presigned, as: undefined })
  await send({ target: presignedTagging, as: undefined })
  await send({ target: '/bucket/k?tagging' })
  await send({ target: presigned.replace('Signature=', 'Signature=0'), as: undefined })
  await send({ target: '/bucket/k', as: forged })
  await send({ target: '/bucket/k', headers: ['x-amz-security-token', 'a session token'] })
  const headers = headersOf(port, { target: '/bucket/k?tagging', as: alice })
  const signature = /Signature=(\w{64})/.exec(headers.join(' '))?.[1]
  assert.ok(signature)
  await send({ target: '/bucket/k?tagging', headers: headers.slice(2), as: undefined })
  const written = JSON.stringify(events.records) + events.lines.map(({ fields }) => shown(fields)).join()
  assert.match(written, /the drive failed/)
  for (const { secretKey } of keys) assert.ok(!written.includes(secretKey))
  assert.ok(!written.includes(signature))
  assert.doesNotMatch(written, /Signature=|a session token|guessed/)
})

/** Everything that a log could make of these fields, errors and their causes with all that they carry. */
function shown(value: unknown): string {
  return JSON.stringify(value, (_, inner) =>
    inner instanceof Error ? { ...inner, message: inner.message, stack: inner.stack, cause: inner.cause } : inner,
  )
}

test('record: what was done for a request is kept when it was not plain', async (t) => {
  const noting = (attempts: number) =>
    override((inner) => ({
      async headObject(input, ctx) {
        ctx.notes.attempts = attempts
        addStep(ctx.notes, { atMs: 1.23456, by: 'upstream', what: 'a: headObject: 503', tookMs: 0.98765 })
        addStep(ctx.notes, { atMs: 3, by: 'retry', what: 'again' })
        return await inner.headObject(input, ctx)
      },
    }))
  for (const attempts of [1, 2]) {
    const { send } = await recording(t, { store: pipeline(memory(), [noting(attempts)]) })
    await send({ method: 'PUT', target: '/bucket/k', body: 'x' })
    const { record } = await send({ method: 'HEAD', target: '/bucket/k' })
    const kept = [
      { atMs: 1.235, by: 'upstream', what: 'a: headObject: 503', tookMs: 0.988 },
      { atMs: 3, by: 'retry', what: 'again' },
    ]
    assert.deepEqual(record.trail, attempts === 1 ? undefined : kept)
  }
})
