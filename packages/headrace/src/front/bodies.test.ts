import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { limits, sha256Hex } from '@headrace/s3'
import type { Test } from '../../test/open-store.ts'
import { requestBytes } from '../../test/support/connection.ts'
import { startFront } from '../../test/support/front.ts'
import { alice, type RequestOptions } from '../../test/support/requests.ts'
import { until } from '../../test/support/waiting.ts'

const put: RequestOptions = { method: 'PUT', target: '/bucket/k', as: alice, body: 'the bytes' }

async function withBucket(t: Test) {
  const front = await startFront(t)
  const { open } = front
  const connection = open()
  await connection.request({ method: 'PUT', target: '/bucket', as: alice })
  const get = async (key = 'k') => {
    const { status, text } = await open().request({ target: `/bucket/${key}`, as: alice })
    return status === 200 ? text : status
  }
  /** The head of a request, and its body apart. */
  const parts = (options: RequestOptions) => {
    const bytes = requestBytes(front.port, options)
    const at = bytes.indexOf('\r\n\r\n') + 4
    return { head: bytes.subarray(0, at), body: bytes.subarray(at) }
  }
  return { ...front, connection, get, parts }
}

const expecting = { ...put, headers: ['expect', '100-continue'] }

test('Expect: a client is told to send its body when the store asks for it', async (t) => {
  const { connection, get, parts } = await withBucket(t)
  const { head, body } = parts(expecting)
  connection.write(head)
  assert.equal((await connection.answer()).status, 100)
  connection.write(body)
  assert.equal((await connection.answer()).status, 200)
  assert.equal(await get(), 'the bytes')
  assert.equal(connection.isClosed, false)
})

test('Expect: a client that is refused is told so instead, and need not send its body', async (t) => {
  const { open, parts } = await withBucket(t)
  const refused: [RequestOptions, string][] = [
    [{ ...expecting, target: '/missing/k' }, 'NoSuchBucket'],
    [{ ...expecting, as: { ...alice, secretKey: 'guessed' } }, 'SignatureDoesNotMatch'],
    [{ ...expecting, headers: [...expecting.headers, 'if-match', 'x'] }, 'NoSuchKey'],
  ]
  for (const [options, expected] of refused) {
    const connection = open()
    connection.write(parts(options).head)
    const { status, text, headers } = await connection.answer()
    assert.notEqual(status, 100)
    assert.match(text, new RegExp(`<Code>${expected}<`))
    assert.equal(headers.connection, 'close', 'whether the body comes after all is not known')
    await connection.closed
  }
})

test('Expect: another expectation is passed over', async (t) => {
  const { connection } = await withBucket(t)
  assert.equal((await connection.request({ ...put, headers: ['expect', 'miracles'] })).status, 200)
})

test('bodies: after a small one was refused, its connection goes on', async (t) => {
  const { connection, get } = await withBucket(t)
  const wrongHash = { ...put, payloadHash: sha256Hex('other bytes') }
  assert.match((await connection.request(wrongHash)).text, /<Code>XAmzContentSHA256Mismatch</)
  const wrongMd5 = { ...put, headers: ['content-md5', 'AAAAAAAAAAAAAAAAAAAAAA=='] }
  assert.match((await connection.request(wrongMd5)).text, /<Code>BadDigest</)
  assert.match((await connection.request({ ...put, target: '/missing/k' })).text, /<Code>NoSuchBucket</)
  assert.match((await connection.request({ ...put, as: undefined })).text, /<Code>AccessDenied</)
  assert.equal(await get(), 404)
  assert.equal((await connection.request(put)).status, 200)
  assert.equal(await get(), 'the bytes')
})

test('bodies: a large one that is refused is answered while it comes, and its connection is closed', async (t) => {
  const { connection, parts } = await withBucket(t)
  const bytes = Buffer.alloc(8 * 1024 * 1024)
  const { head, body } = parts({ ...put, target: '/missing/k', body: bytes })
  connection.write(head)
  connection.write(body.subarray(0, 1024))
  const { status, headers } = await connection.answer()
  assert.deepEqual([status, headers.connection], [404, 'close'])
  connection.write(body.subarray(1024))
  await connection.closed
})

test('bodies: a client that wants its connection closed may send the rest of a refused one', async (t) => {
  const { connection, parts } = await withBucket(t)
  const bytes = Buffer.alloc(100 * 1024)
  const { head, body } = parts({ ...put, target: '/missing/k', body: bytes, headers: ['connection', 'close'] })
  let error: Error | undefined
  connection.socket.on('error', (reset) => {
    error = reset
  })
  connection.write(head)
  connection.write(body.subarray(0, 1024))
  assert.equal((await connection.answer()).status, 404)
  for (let at = 1024; at < bytes.length; at += 33 * 1024) {
    await setTimeout(20)
    assert.equal(connection.isClosed, false)
    connection.write(body.subarray(at, at + 33 * 1024))
  }
  await connection.closed
  assert.equal(error, undefined)
})

test('bodies: one that is cut off leaves nothing, and what was there stays', async (t) => {
  const { connection, open, get, parts, events } = await withBucket(t)
  await connection.request(put)
  const { head, body } = parts({ ...put, body: 'other bytes' })
  for (const end of ['destroy', 'half-close'] as const) {
    const before = events.started
    const cut = open()
    cut.write(Buffer.concat([head, body.subarray(0, 4)]))
    await until('the request has come', () => events.started > before)
    const record = events.nextRecord()
    if (end === 'half-close') {
      cut.socket.end()
      const { status, text } = await cut.answer()
      assert.equal(status, 400)
      assert.match(text, /<Code>IncompleteBody</)
    } else cut.destroy()
    assert.equal((await record).errorCode, 'IncompleteBody', end)
  }
  assert.equal(await get(), 'the bytes')
  assert.deepEqual(events.lines, [], 'nobody need hear of it')
})

test('bodies: one whose length nobody says is refused', async (t) => {
  const { connection } = await withBucket(t)
  const { text } = await connection.request({ ...put, body: undefined })
  assert.match(text, /<Code>MissingContentLength</)
})

test('bodies: one in chunks of HTTP is taken', async (t) => {
  const { connection, parts, get } = await withBucket(t)
  const { head } = parts({ ...put, body: undefined, headers: ['transfer-encoding', 'chunked'] })
  connection.write(Buffer.concat([head, Buffer.from('4\r\nthe \r\n5\r\nbytes\r\n0\r\n\r\n')]))
  assert.equal((await connection.answer()).status, 200)
  assert.equal(await get(), 'the bytes')
})

test('bodies: a client that stops reading and leaves is let go', async (t) => {
  const { port, connection, open, events } = await withBucket(t)
  const large = Buffer.alloc(32 * 1024 * 1024, 'large')
  await connection.request({ ...put, target: '/bucket/large', body: large })
  const reader = open()
  reader.write(requestBytes(port, { target: '/bucket/large', as: alice }))
  await until('the reply has begun', () => reader.socket.bytesRead > 0)
  reader.socket.pause()
  const record = events.nextRecord()
  reader.destroy()
  const { status, errorCode } = await record
  assert.deepEqual([status, errorCode], [200, 'RequestTimeout'])
  assert.deepEqual(events.lines, [], 'nobody need hear of it')
})

test('bodies: a document in chunks of HTTP is refused once it is longer than any', async (t) => {
  const { connection, parts } = await withBucket(t)
  const headers = ['transfer-encoding', 'chunked']
  connection.write(parts({ method: 'POST', target: '/bucket?delete', as: alice, headers }).head)
  const chunk = Buffer.alloc(limits.documentBytesMax / 4, ' ')
  for (let number = 0; number < 5; number += 1) {
    connection.write(`${chunk.length.toString(16)}\r\n`)
    connection.write(chunk)
    connection.write('\r\n')
  }
  const { status, text } = await connection.answer()
  assert.equal(status, 400)
  assert.match(text, /<Code>MaxMessageLengthExceeded</)
})
