import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runtime } from '../../test/open-store.ts'
import { requestBytes } from '../../test/support/connection.ts'
import { startFront } from '../../test/support/front.ts'
import { alice } from '../../test/support/requests.ts'
import { settled } from '../../test/support/waiting.ts'
import { around, pipeline } from '../core/layer.ts'
import { serverLimits } from '../core/limits.ts'
import { createMemoryStore } from '../store/memory/memory-store.ts'

test('connections: what is not HTTP is refused in a document, and the connection closed', async (t) => {
  const { open } = await startFront(t)
  for (const rubbish of ['rubbish\r\n\r\n', 'GET / HTTP/1.1\r\nno colon\r\n\r\n', '\x16\x03\x01\x02\x00\x01\x00']) {
    const connection = open()
    connection.write(Buffer.from(rubbish, 'latin1'))
    const { status, text, headers } = await connection.answer()
    assert.equal(status, 400)
    assert.equal(headers.connection, 'close')
    assert.match(text, /<Code>BadRequest</)
    assert.ok(text.includes(`<RequestId>${headers['x-amz-request-id']}<`))
    await connection.closed
  }
})

test('connections: headers without end are refused', async (t) => {
  const { open } = await startFront(t)
  const connection = open()
  connection.write(`GET / HTTP/1.1\r\nhost: x\r\nx-long: ${'x'.repeat(serverLimits.headerBytesMax)}\r\n\r\n`)
  const { status, text } = await connection.answer()
  assert.equal(status, 400)
  assert.match(text, /<Code>RequestHeaderSectionTooLarge</)
  await connection.closed
})

test('connections: a client that closes its sending half still gets its reply', async (t) => {
  const { port, open } = await startFront(t)
  const connection = open()
  connection.socket.end(requestBytes(port, { target: '/', as: alice }))
  assert.equal((await connection.answer()).status, 200)
  await connection.closed
})

test('connections: requests sent one behind the other are answered in their order', async (t) => {
  const { port, open } = await startFront(t)
  const connection = open()
  await connection.request({ method: 'PUT', target: '/bucket', as: alice })
  const keys = ['a', 'b', 'c']
  for (const key of keys) await connection.request({ method: 'PUT', target: `/bucket/${key}`, as: alice, body: key })
  const targets = ['/bucket/a', '/bucket/b', '/bucket/missing', '/bucket/c']
  connection.write(Buffer.concat(targets.map((target) => requestBytes(port, { target, as: alice }))))
  const answers: string[] = []
  for (const _ of targets) answers.push((await connection.answer()).text)
  assert.deepEqual(answers.toSpliced(2, 1), keys)
  assert.match(answers[2] ?? '', /<Key>missing</)
  assert.equal(connection.unread.length, 0)
})

test('connections: rubbish behind a request ends the connection after its reply, unmixed', async (t) => {
  const { port, open } = await startFront(t)
  const connection = open()
  connection.write(Buffer.concat([requestBytes(port, { target: '/', as: alice }), Buffer.from('rubbish\r\n\r\n')]))
  const { status, text } = await connection.answer()
  assert.equal(status, 200)
  assert.match(text, /<\/ListAllMyBucketsResult>$/)
  await connection.closed
})

test('connections: after a GET that cannot be read, its connection goes on', async (t) => {
  const { open } = await startFront(t)
  const connection = open()
  assert.equal((await connection.request({ target: '/%zz', as: undefined })).status, 400)
  assert.equal((await connection.request({ target: '/-/live', as: undefined })).status, 200)
})

test('connections: HTTP/1.0 and a request without host are answered', async (t) => {
  const { open } = await startFront(t)
  for (const request of ['GET / HTTP/1.0\r\n\r\n', 'GET / HTTP/1.1\r\n\r\n']) {
    const connection = open()
    connection.write(request)
    const { text } = await connection.answer()
    assert.match(text, /<Code>AccessDenied</)
  }
})

test('health: live and ready need no key, and ready says when it is not', async (t) => {
  let isReady = true
  const { port, events } = await startFront(t, { isReady: () => isReady })
  const ask = (path: string) => fetch(`http://127.0.0.1:${port}${path}`)
  const live = await ask('/-/live')
  assert.deepEqual([live.status, live.headers.get('cache-control'), await live.text()], [200, 'no-store', 'ok\n'])
  assert.equal((await ask('/-/ready')).status, 200)
  isReady = false
  assert.equal((await ask('/-/ready')).status, 503)
  assert.equal((await ask('/-/live')).status, 200)
  assert.equal(events.started, 0, 'they are no requests of S3')
})

test('health: where the host names the bucket, live and ready are keys like any other', async (t) => {
  const { open } = await startFront(t, { settings: { domains: ['s3.test'] } })
  const connection = open()
  for (const target of ['/-/ready', '/-/live']) {
    connection.write(`GET ${target} HTTP/1.1\r\nhost: bucket.s3.test\r\n\r\n`)
    assert.match((await connection.answer()).text, /<Code>/)
    connection.write(`PUT ${target} HTTP/1.1\r\nhost: s3.test\r\ncontent-length: 0\r\n\r\n`)
    assert.match((await connection.answer()).text, /<Code>/)
    connection.write(`GET ${target} HTTP/1.1\r\nhost: s3.test\r\n\r\n`)
    assert.equal((await connection.answer()).text, 'ok\n')
  }
})

test('connections: of requests sent ahead one is under way at a time', async (t) => {
  let underWay = 0
  let most = 0
  const counting = around(async ({ ctx }, next) => {
    underWay += 1
    most = Math.max(most, underWay)
    await settled()
    underWay -= 1
    return next(ctx)
  })
  const { open, port } = await startFront(t, { store: pipeline(createMemoryStore(runtime), [counting]) })
  const connection = open()
  const ahead = Array.from({ length: serverLimits.pipelinedRequestsMax }, () =>
    requestBytes(port, { target: '/', as: alice }),
  )
  connection.write(Buffer.concat(ahead))
  for (const _ of ahead) assert.equal((await connection.answer()).status, 200)
  assert.equal(most, 1)
})

test('connections: too many requests sent ahead end the connection', async (t) => {
  const { open, port } = await startFront(t)
  const connection = open()
  const request = requestBytes(port, { target: '/', as: alice })
  connection.write(Buffer.concat(Array.from({ length: serverLimits.pipelinedRequestsMax + 1 }, () => request)))
  await connection.closed
})
