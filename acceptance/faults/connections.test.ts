import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { useServer } from '../server.ts'
import { seededBytes } from '../support/bytes.ts'
import { Connection, type Reply } from '../support/connection.ts'
import {
  assertRefused,
  createBucket,
  exchange,
  getObject,
  listKeys,
  pathOf,
  putObject,
  request,
  signedHead,
} from '../support/requests.ts'

// HTTP as it can be and as it should not be: old, pipelined, half open, smuggled, too large, or none at all.

const server = await useServer()
const bucket = 'connections'
const body = seededBytes('body', 100_000)
const large = seededBytes('large', 8_000_000)

before(async () => {
  await createBucket(server, bucket)
  await putObject(server, bucket, 'object', body)
  await putObject(server, bucket, 'large', large)
})

function getHead(key = 'object', headers: Record<string, string> = {}): string {
  return signedHead(server, { method: 'GET', path: pathOf(bucket, key), headers }).head
}

function putHead(key: string, headers: Record<string, string> = {}): string {
  return signedHead(server, { method: 'PUT', path: pathOf(bucket, key), body, headers }).head
}

/** Sends raw text that is refused, and sees that the connection is closed then. */
async function refusesText(text: string, status = 400): Promise<Reply> {
  const connection = await Connection.open(server)
  await connection.send(Buffer.from(text, 'latin1'))
  const reply = await connection.reply()
  assert.equal(reply.status, status, `${JSON.stringify(text.slice(0, 60))}: ${reply.body}`)
  assert.ok(await connection.closes(), 'the connection stays open')
  return reply
}

test('requests sent at once are answered one after the other, each with its own', async () => {
  const connection = await Connection.open(server)
  const keys = Array.from({ length: 20 }, (_, index) => `pipelined ${index}`)
  const puts = keys.map((key) => [putHead(key), body])
  await connection.send(Buffer.concat(puts.flat().map((part) => Buffer.from(part as string))))
  for (const _ of keys) assert.equal((await connection.reply()).status, 200)
  await connection.send([getHead('object'), getHead('missing'), getHead('large'), getHead('object')].join(''))
  assert.ok((await connection.reply()).body.equals(body))
  assertRefused(await connection.reply(), 404, 'NoSuchKey')
  assert.ok((await connection.reply()).body.equals(large))
  assert.ok((await connection.reply()).body.equals(body))
  connection.destroy()
})

test('a connection serves hundreds of requests, refusals among them', async () => {
  const connection = await Connection.open(server)
  for (let turn = 0; turn < 100; turn += 1) {
    await connection.send(getHead('missing'))
    assertRefused(await connection.reply(), 404, 'NoSuchKey')
    await connection.send(putHead('turn', { 'content-md5': '1B2M2Y8AsgTpgAmY7PhCfg==' }))
    await connection.send(body)
    assertRefused(await connection.reply(), 400, 'BadDigest')
    await connection.send(getHead())
    assert.ok((await connection.reply()).body.equals(body))
  }
  connection.destroy()
})

test('HTTP/1.0 is served, and the connection closed', async () => {
  const connection = await Connection.open(server)
  await connection.send(getHead().replace('HTTP/1.1', 'HTTP/1.0'))
  const reply = await connection.reply()
  assert.equal(reply.status, 200)
  assert.ok(reply.body.equals(body))
  assert.ok(await connection.closes())
})

test('a target in absolute form is served', async () => {
  const reply = await exchange(server, [getHead().replace('GET /', `GET ${server.url}/`)])
  assert.equal(reply.status, 200)
  assert.ok(reply.body.equals(body))
})

test('Expect: 100-continue: whoever may write is told to go on', async () => {
  const connection = await Connection.open(server)
  await connection.send(putHead('expected', { expect: '100-continue' }))
  assert.equal((await connection.reply()).status, 100)
  await connection.send(body)
  assert.equal((await connection.reply()).status, 200)
  assert.ok((await getObject(server, bucket, 'expected')).body.equals(body))
  connection.destroy()
})

test('Expect: 100-continue: whoever may not is refused before the body, and told to close', async () => {
  const stranger = { ...server, secretKey: 'wrong' }
  const asked = { method: 'PUT', path: pathOf(bucket, 'stranger'), body, headers: { expect: '100-continue' } }
  const connection = await Connection.open(server)
  await connection.send(signedHead(stranger, asked).head)
  const reply = await connection.reply()
  assertRefused(reply, 403, 'SignatureDoesNotMatch')
  assert.equal(reply.headers.get('connection'), 'close')
  assert.ok(await connection.closes())
  const missing = await Connection.open(server)
  await missing.send(signedHead(server, { ...asked, path: pathOf('connections-missing', 'k') }).head)
  assertRefused(await missing.reply(), 404, 'NoSuchBucket')
  missing.destroy()
})

test('Expect: 100-continue: who does not wait is served all the same', async () => {
  const reply = await exchange(server, [putHead('hasty', { expect: '100-continue' }), body])
  assert.ok(reply.status === 100 || reply.status === 200)
  await sleep(300)
  const connection = await Connection.open(server)
  await connection.send(Buffer.concat([Buffer.from(putHead('hasty', { expect: '100-continue' })), body]))
  assert.equal((await connection.reply()).status, 100)
  assert.equal((await connection.reply()).status, 200)
  connection.destroy()
})

test('an expectation that nobody can meet', async () => {
  const reply = await exchange(server, [putHead('expected', { expect: 'a miracle' }), body])
  assert.ok(reply.status === 200 || reply.status === 417, `${reply.status}`)
})

test('a large body that is refused at its beginning: the reply arrives, not a reset', async () => {
  const stranger = { ...server, secretKey: 'wrong' }
  for (let turn = 0; turn < 40; turn += 1) {
    assertRefused(
      await request(stranger, { method: 'PUT', path: pathOf(bucket, 'stranger'), body: large }),
      403,
      'SignatureDoesNotMatch',
    )
  }
})

test('a client that closes its sending half reads its reply to the end', async () => {
  const connection = await Connection.open(server, { allowHalfOpen: true })
  connection.socket.end(getHead('large'))
  const reply = await connection.reply()
  assert.ok(reply.body.equals(large))
  assert.ok(await connection.closes())
})

test('a client that reads slowly gets every byte', async () => {
  const connection = await Connection.open(server)
  await connection.send(getHead('large'))
  for (let pause = 0; pause < 10; pause += 1) {
    connection.socket.pause()
    await sleep(100)
    connection.socket.resume()
    await sleep(5)
  }
  assert.ok((await connection.reply()).body.equals(large))
  connection.destroy()
})

test('clients that vanish in the middle of a download do no harm', async () => {
  const downloads = Array.from({ length: 50 }, async (_, index) => {
    const connection = await Connection.open(server)
    await connection.send(getHead('large'))
    await sleep(index % 10)
    if (index % 2 === 0) connection.destroy()
    else connection.socket.resetAndDestroy()
  })
  await Promise.all(downloads)
  assert.ok((await getObject(server, bucket, 'large')).body.equals(large))
})

test('rubbish behind a request is never mixed into its reply', async () => {
  for (const delayMs of [0, 1, 5, 20]) {
    const connection = await Connection.open(server)
    await connection.send(getHead('large'))
    await sleep(delayMs)
    await connection.send('rubbish\r\n\r\nmore rubbish\r\n\r\n')
    assert.ok(await connection.closes())
    // The reply may be cut off, or be a refusal, but all that came as bytes of the object are bytes of the object.
    const came = connection.received
    if (!came.subarray(0, 12).equals(Buffer.from('HTTP/1.1 200'))) continue
    const begin = came.indexOf('\r\n\r\n') + 4
    const read = came.subarray(begin, begin + large.length)
    assert.ok(read.equals(large.subarray(0, read.length)), `after ${delayMs} ms`)
  }
})

test('what is not HTTP is refused', async () => {
  const texts = [
    'rubbish\r\n\r\n',
    'GET\r\n\r\n',
    'GET / HTTP/9.9\r\n\r\n',
    `GET ${'/a'.repeat(10)} HTTP/1.1\r\nno colon here\r\n\r\n`,
    'GET / HTTP/1.1\r\nhost : blank before the colon\r\n\r\n',
    'GET / HTTP/1.1\r\nhost: a\r\n folded: line\r\nb\x00: nul\r\n\r\n',
    'GET / HTTP/1.1\nhost: a\r\rb\r\n\r\n',
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 a TLS hello\r\n\r\n',
    'PUT /connections/k HTTP/1.1\r\ncontent-length: -1\r\n\r\n',
    'PUT /connections/k HTTP/1.1\r\ncontent-length: 1e3\r\n\r\n',
  ]
  for (const text of texts) await refusesText(text)
})

test('requests that two readers could read in two ways are refused', async () => {
  const smuggled = 'GET /connections/object HTTP/1.1\r\n\r\n'
  const texts = [
    `PUT /connections/k HTTP/1.1\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello${smuggled}`,
    `PUT /connections/k HTTP/1.1\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
    `PUT /connections/k HTTP/1.1\r\ntransfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n${smuggled}`,
    `PUT /connections/k HTTP/1.1\r\ntransfer-encoding: xchunked\r\n\r\n0\r\n\r\n${smuggled}`,
  ]
  for (const text of texts) await refusesText(text)
})

test('a head of 64 KB is refused by name', async () => {
  for (const headers of [{ 'x-amz-meta-long': 'a'.repeat(65_536) }, manyHeaders(3000)]) {
    const reply = await refusesText(getHead('object', headers))
    assertRefused(reply, 400, 'RequestHeaderSectionTooLarge')
  }
  const target = `GET /connections/${'a'.repeat(65_536)} HTTP/1.1\r\nhost: a\r\n\r\n`
  assertRefused(await refusesText(target), 400, 'RequestHeaderSectionTooLarge')
})

test('metadata above 2 KB is refused', async () => {
  const reply = await exchange(server, [putHead('meta', { 'x-amz-meta-a': 'b'.repeat(2048) }), body])
  assertRefused(reply, 400, 'MetadataTooLarge')
})

test('requests without an operation', async () => {
  assertRefused(await request(server, { method: 'PATCH', path: pathOf(bucket, 'object') }), 405, 'MethodNotAllowed')
  assertRefused(await request(server, { method: 'DELETE', path: '/' }), 405, 'MethodNotAllowed')
  const unsigned = `GET /connections/object HTTP/1.1\r\nhost: ${server.host}\r\n\r\n`
  assertRefused(await exchange(server, [unsigned]), 403, 'AccessDenied')
})

test('signatures that are wrong, old, of the future, or for something else', async () => {
  const asked = { method: 'GET', path: pathOf(bucket, 'object') }
  const shifted = (minutes: number) => request(server, { ...asked, date: new Date(Date.now() + minutes * 60_000) })
  assertRefused(await shifted(-20), 403, 'RequestTimeTooSkewed')
  assertRefused(await shifted(20), 403, 'RequestTimeTooSkewed')
  assert.equal((await shifted(10)).status, 200)
  assertRefused(await request({ ...server, secretKey: 'wrong' }, asked), 403, 'SignatureDoesNotMatch')
  assertRefused(await request({ ...server, accessKeyId: 'nobody' }, asked), 403, 'InvalidAccessKeyId')
  const head = getHead()
  assertRefused(await exchange(server, [head.replace('/object', '/large')]), 403, 'SignatureDoesNotMatch')
  assertRefused(await exchange(server, [head.replace('GET', 'DELETE')]), 403, 'SignatureDoesNotMatch')
  const listed = await listKeys(server, bucket)
  assert.ok(listed.includes('object'))
})

function manyHeaders(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`x-header-${index}`, 'value of a header']))
}
