import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { limits, S3Error } from '@headrace/s3'
import { runtime, type Test } from '../../test/open-store.ts'
import { request } from '../../test/support/connection.ts'
import { startFront } from '../../test/support/front.ts'
import { alice, bob, presignedTarget, root } from '../../test/support/requests.ts'
import { around, override, pipeline } from '../core/layer.ts'
import { createMemoryStore } from '../store/memory/memory-store.ts'

const memory = () => createMemoryStore(runtime)

/** A front with a bucket of Alice and an object in it, and a connection that is kept. */
async function withBucket(t: Test, options?: Parameters<typeof startFront>[1]) {
  const front = await startFront(t, options)
  const connection = front.open()
  const send = (options: Parameters<typeof request>[1]) => connection.request({ as: alice, ...options })
  assert.equal((await send({ method: 'PUT', target: '/bucket' })).status, 200)
  assert.equal((await send({ method: 'PUT', target: '/bucket/cat', body: 'a cat' })).status, 200)
  return { ...front, connection, send }
}

test('front: an object is put, read, looked at and removed over one connection', async (t) => {
  const { send, connection } = await withBucket(t)
  const etag = `"${createHash('md5').update('a cat').digest('hex')}"`
  const read = await send({ target: '/bucket/cat' })
  assert.deepEqual([read.status, read.text, read.headers.etag], [200, 'a cat', etag])
  const head = await send({ method: 'HEAD', target: '/bucket/cat' })
  assert.deepEqual([head.status, head.headers['content-length'], head.text], [200, '5', ''])
  const range = await send({ target: '/bucket/cat', headers: ['range', 'bytes=2-3'] })
  assert.deepEqual([range.status, range.text, range.headers['content-range']], [206, 'ca', 'bytes 2-3/5'])
  const unchanged = await send({ target: '/bucket/cat', headers: ['if-none-match', etag] })
  assert.deepEqual([unchanged.status, unchanged.text], [304, ''])
  assert.equal((await send({ method: 'DELETE', target: '/bucket/cat' })).status, 204)
  assert.equal((await send({ target: '/bucket/cat' })).status, 404)
  assert.equal(connection.isClosed, false)
})

test('front: an empty object is answered with no byte', async (t) => {
  const { send } = await withBucket(t)
  await send({ method: 'PUT', target: '/bucket/empty', body: '' })
  const { status, headers, text } = await send({ target: '/bucket/empty' })
  assert.deepEqual([status, headers['content-length'], text], [200, '0', ''])
})

test('front: every reply names its request, each another', async (t) => {
  const { port, send } = await withBucket(t)
  const ids = new Set<string>()
  const targets = ['/bucket/cat', '/bucket/missing', '/bucket?list-type=2', '/missing', '/bucket?policy', '/']
  for (const target of targets) {
    const { status, headers, text } = await send({ target })
    const id = headers['x-amz-request-id'] ?? ''
    assert.match(id, /^[0-9A-F]{16}$/, target)
    assert.equal(headers.server, 'Headrace')
    if (status >= 400) assert.ok(text.includes(`<RequestId>${id}</RequestId>`), target)
    ids.add(id)
  }
  const unreadable = await request(port, { target: '/%zz' })
  assert.match(unreadable.text, /<Code>InvalidURI</)
  ids.add(unreadable.headers['x-amz-request-id'] ?? '')
  assert.equal(ids.size, targets.length + 1)
})

test('front: an error is a document with code, message and place; for HEAD it is its status', async (t) => {
  const { send } = await withBucket(t)
  const missing = await send({ target: '/bucket/missing?x-id=GetObject' })
  assert.equal(missing.status, 404)
  assert.equal(missing.headers['content-type'], 'application/xml')
  assert.match(missing.text, /<Code>NoSuchKey<\/Code><Message>[^<]+<\/Message>/)
  assert.match(missing.text, /<Resource>\/bucket\/missing<\/Resource>/)
  const head = await send({ method: 'HEAD', target: '/bucket/missing' })
  assert.deepEqual([head.status, head.text], [404, ''])
  assert.equal((await send({ target: '/bucket/cat' })).text, 'a cat', 'the connection goes on')
})

test('front: whose request it is decides; a presigned one needs no headers', async (t) => {
  const { port, send } = await withBucket(t)
  assert.equal((await send({ target: '/bucket/cat', as: undefined })).status, 403)
  assert.equal((await send({ target: '/bucket/cat', as: bob })).status, 403)
  assert.equal((await send({ target: '/bucket/cat', as: root })).status, 200)
  assert.equal((await send({ target: presignedTarget(port, '/bucket/cat', alice), as: undefined })).text, 'a cat')
  const unknown = await send({ target: '/bucket/cat', as: { accessKeyId: 'NOBODY', secretKey: 'x' } })
  assert.match(unknown.text, /<Code>InvalidAccessKeyId</)
  const forged = await send({ target: '/bucket/cat', as: { ...alice, secretKey: 'guessed' } })
  assert.match(forged.text, /<Code>SignatureDoesNotMatch</)
})

test('front: user metadata comes back as it was sent, whatever its name', async (t) => {
  const { send } = await withBucket(t)
  const metadata = ['x-amz-meta-__proto__', 'p', 'x-amz-meta-constructor', 'c', 'x-amz-meta-colour', 'blue']
  await send({ method: 'PUT', target: '/bucket/described', headers: metadata, body: 'x' })
  const { headers } = await send({ method: 'HEAD', target: '/bucket/described' })
  for (let at = 0; at < metadata.length; at += 2) assert.equal(headers[metadata[at] as string], metadata[at + 1])
})

test('front: a bucket can be the host, when its domain is ours', async (t) => {
  const { open, send } = await withBucket(t, { settings: { domains: ['s3.test'] } })
  await send({ method: 'PUT', target: '/bucket/cat', headers: ['x-amz-acl', 'public-read'], body: 'a cat' })
  const hosted = open()
  hosted.write('GET /cat HTTP/1.1\r\nhost: bucket.s3.test\r\n\r\n')
  assert.equal((await hosted.answer()).text, 'a cat')
})

test('front: another region than ours is refused', async (t) => {
  const { port } = await startFront(t, { settings: { region: 'eu-central-1' } })
  assert.match((await request(port, { target: '/', as: alice })).text, /<Code>AuthorizationHeaderMalformed</)
})

test('front: a bug is InternalError to the client, and the log has the rest', async (t) => {
  const secretive = override(() => ({
    headObject: () => Promise.reject(new Error('the inner truth')),
    getObjectTagging: () => Promise.reject(new Error('the inner truth')),
  }))
  const { send, events } = await withBucket(t, { store: pipeline(memory(), [secretive]) })
  const { status, text, headers } = await send({ target: '/bucket/cat?tagging' })
  assert.equal(status, 500)
  assert.match(text, /<Code>InternalError</)
  assert.doesNotMatch(text, /inner truth/)
  const line = events.lines.find(({ level }) => level === 'error')
  assert.equal(line?.fields.requestId, headers['x-amz-request-id'])
  assert.deepEqual(
    [line?.fields.operation, line?.fields.bucket, line?.fields.key],
    ['getObjectTagging', 'bucket', 'cat'],
  )
  assert.match(String(line?.fields.err), /the inner truth/)
  assert.equal((await send({ method: 'HEAD', target: '/bucket/cat' })).status, 500)
})

test('front: what is not served is said and no warning', async (t) => {
  const { send, events } = await withBucket(t)
  const { status, text } = await send({ target: '/bucket?policy' })
  assert.deepEqual([status, /<Code>(\w+)</.exec(text)?.[1]], [501, 'NotImplemented'])
  assert.deepEqual(events.lines, [])
})

test('front: a document of more than it may have is refused before it is read', async (t) => {
  const { connection, send } = await withBucket(t)
  const target = '/bucket?delete'
  const tooLong = Buffer.alloc(limits.documentBytesMax + 1, ' ')
  const md5 = createHash('md5').update(tooLong).digest('base64')
  const { status, text } = await send({ method: 'POST', target, headers: ['content-md5', md5], body: tooLong })
  assert.equal(status, 400)
  assert.match(text, /<Code>MaxMessageLengthExceeded</)
  await connection.closed
})

test('front: nobody anonymous makes us read a document', async (t) => {
  const { send } = await withBucket(t)
  const refused = await send({ method: 'POST', target: '/bucket?delete', as: undefined, body: '<Delete/>' })
  assert.match(refused.text, /<Code>AccessDenied</)
})

test('front: a store that delivers too little breaks the connection, so that nobody takes it for the whole', async (t) => {
  const shortened = around(async (call, next) => {
    const output = await next(call.ctx)
    if (call.operation !== 'getObject') return output
    return {
      ...output,
      readInto: (sink: { write(chunk: Uint8Array): unknown }) => sink.write(Buffer.from('a c')),
    } as never
  })
  const { send, connection, events } = await withBucket(t, { store: pipeline(memory(), [shortened]) })
  await assert.rejects(send({ target: '/bucket/cat' }), /the connection was closed/)
  await connection.closed
  assert.match(String(events.lines[0]?.fields.err), /2 bytes too few/)
})

test('front: what fails before its first byte is answered, and the connection can be used again', async (t) => {
  const failing = around(async (call, next) => {
    const output = await next(call.ctx)
    if (call.operation !== 'getObject') return output
    return { ...output, readInto: () => Promise.reject(new S3Error('ServiceUnavailable')) } as never
  })
  const { send } = await withBucket(t, { store: pipeline(memory(), [failing]) })
  const refused = await send({ target: '/bucket/cat' })
  assert.equal(refused.status, 503)
  assert.match(refused.text, /<Code>ServiceUnavailable</)
  assert.equal((await send({ method: 'HEAD', target: '/bucket/cat' })).status, 200)
})

test('front: a reader is closed whether its bytes went out or not', async (t) => {
  const closed: string[] = []
  const counting = around(async (call, next) => {
    const output = await next(call.ctx)
    if (call.operation !== 'getObject') return output
    const { key } = call.input as { key: string }
    const close = async () => {
      closed.push(key)
    }
    return { ...output, close } as never
  })
  const { send } = await withBucket(t, { store: pipeline(memory(), [counting]) })
  await send({ target: '/bucket/cat' })
  assert.deepEqual(closed, ['cat'])
})
