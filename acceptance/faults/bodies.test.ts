import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { useServer } from '../server.ts'
import { type ChunkedOptions, frameChunks } from '../support/aws-chunked.ts'
import { seededBytes } from '../support/bytes.ts'
import { checksums, contentMd5 } from '../support/checksums.ts'
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
  type S3Request,
  signedHead,
} from '../support/requests.ts'
import { abortUpload, beginUpload, partOf } from '../support/uploads.ts'

// Bodies that are not what their requests say: each is refused with the code that S3 has for it, and nothing is stored.

const server = await useServer()
const bucket = 'bodies'
const kept = 'what was there before'

/** Sizes that the store keeps in different ways. */
const sizes = [1000, 100_000, 3_000_000]

before(async () => {
  await createBucket(server, bucket)
})

/** Sends a bad PUT to a key that is taken, and sees that it is refused and that the object stays. */
async function refuses(status: number, code: string, send: (key: string) => Promise<Reply>): Promise<void> {
  await putObject(server, bucket, 'taken', kept)
  assertRefused(await send('taken'), status, code)
  assert.equal((await getObject(server, bucket, 'taken')).body.toString(), kept)
  assertRefused(await send('new'), status, code)
  assert.deepEqual(await listKeys(server, bucket), ['taken'])
}

function put(key: string, body: Uint8Array, rest: Partial<S3Request> = {}): Promise<Reply> {
  return request(server, { method: 'PUT', path: pathOf(bucket, key), body, ...rest })
}

interface ChunkedPut {
  readonly body: Buffer
  readonly payload: string
  readonly trailer?: ChunkedOptions['trailer']
  readonly headers?: Readonly<Record<string, string>>
  /** Spoils the framed body. */
  readonly spoil?: (framed: Buffer) => Buffer
}

/** A PUT in aws-chunked framing, in chunks of 64 KiB. */
async function putChunked(key: string, { body, payload, trailer, headers, spoil }: ChunkedPut): Promise<Reply> {
  const chunks: Buffer[] = []
  for (let at = 0; at < body.length; at += 65_536) chunks.push(body.subarray(at, at + 65_536))
  const isSigned = payload.startsWith('STREAMING-AWS4')
  // The length is the same with any signature, and the signature covers the length.
  const form = isSigned
    ? { signature: '0'.repeat(64), timestamp: '', scope: '', signingKey: Buffer.alloc(0) }
    : undefined
  const { length } = frameChunks(chunks, { seed: form && { ...form, signedHeaders: '' }, trailer })
  const asked: S3Request = {
    method: 'PUT',
    path: pathOf(bucket, key),
    payload,
    headers: {
      'content-encoding': 'aws-chunked',
      'content-length': String(length),
      'x-amz-decoded-content-length': String(body.length),
      ...(trailer === undefined ? {} : { 'x-amz-trailer': trailer[0] }),
      ...headers,
    },
  }
  const { head, signature } = signedHead(server, asked)
  const framed = frameChunks(chunks, { seed: isSigned ? signature : undefined, trailer })
  return await exchange(server, [head, spoil === undefined ? framed : spoil(framed)])
}

const signedChunks = 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD'
const signedTrailer = 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER'
const unsignedTrailer = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER'

test('bodies in every kind of framing are stored as they are', async () => {
  for (const size of [0, 1, ...sizes]) {
    const body = seededBytes(`good ${size}`, size)
    const trailer = ['x-amz-checksum-crc32', checksums.crc32(body)] as const
    const replies = [
      await put('0', body),
      await put('1', body, { payload: 'UNSIGNED-PAYLOAD' }),
      await put('2', body, { headers: { 'content-md5': contentMd5(body) } }),
      await putChunked('3', { body, payload: signedChunks }),
      await putChunked('4', { body, payload: signedTrailer, trailer }),
      await putChunked('5', { body, payload: unsignedTrailer, trailer }),
    ]
    for (const [index, reply] of replies.entries()) {
      assert.equal(reply.status, 200, `${index}: ${reply.body}`)
      const read = await getObject(server, bucket, `${index}`)
      assert.ok(read.body.equals(body), `${size} bytes by way ${index}`)
      assert.equal(read.headers.get('content-encoding'), undefined)
    }
  }
  for (const key of await listKeys(server, bucket)) {
    assert.equal((await request(server, { method: 'DELETE', path: pathOf(bucket, key) })).status, 204)
  }
})

test('a body with another MD5 or checksum than announced', async () => {
  for (const size of sizes) {
    const body = seededBytes('body', size)
    const other = seededBytes('other', size)
    await refuses(400, 'BadDigest', (key) => put(key, body, { headers: { 'content-md5': contentMd5(other) } }))
    await refuses(400, 'InvalidDigest', (key) => put(key, body, { headers: { 'content-md5': 'no MD5' } }))
    for (const [algorithm, sum] of Object.entries(checksums)) {
      const headers = { [`x-amz-checksum-${algorithm}`]: sum(other) }
      await refuses(400, 'BadDigest', (key) => put(key, body, { headers }))
    }
    const payload = 'a'.repeat(64)
    await refuses(400, 'XAmzContentSHA256Mismatch', (key) => put(key, body, { payload }))
  }
})

test('a trailer that is wrong, missing, forged, or another than announced', async () => {
  for (const size of sizes) {
    const body = seededBytes('body', size)
    for (const payload of [signedTrailer, unsignedTrailer]) {
      for (const [algorithm, sum] of Object.entries(checksums)) {
        const trailer = [`x-amz-checksum-${algorithm}`, sum(Buffer.from('other'))] as const
        await refuses(400, 'BadDigest', (key) => putChunked(key, { body, payload, trailer }))
      }
      const trailer = ['x-amz-checksum-crc32', checksums.crc32(body)] as const
      const headers = { 'x-amz-trailer': 'x-amz-checksum-sha1' }
      await refuses(400, 'MalformedTrailerError', (key) => putChunked(key, { body, payload, trailer, headers }))
    }
    await refuses(400, 'MalformedTrailerError', (key) =>
      putChunked(key, { body, payload: unsignedTrailer, headers: { 'x-amz-trailer': 'x-amz-checksum-crc32' } }),
    )
    await refuses(403, 'SignatureDoesNotMatch', (key) =>
      putChunked(key, {
        body,
        payload: signedTrailer,
        trailer: ['x-amz-checksum-crc32', checksums.crc32(body)],
        spoil: (framed) => changeDigit(framed, framed.indexOf('x-amz-trailer-signature:') + 30),
      }),
    )
  }
})

test('a chunk whose bytes or signature were changed', async () => {
  const body = seededBytes('body', 300_000)
  const payload = signedChunks
  const wrong: Record<string, (framed: Buffer) => Buffer> = {
    'first signature': (framed) => changeDigit(framed, framed.indexOf('chunk-signature=') + 20),
    'last signature': (framed) => changeDigit(framed, framed.lastIndexOf('chunk-signature=') + 20),
    'first bytes': (framed) => changeByte(framed, 1000),
    'last bytes': (framed) => changeByte(framed, framed.lastIndexOf('\r\n0;') - 10),
  }
  for (const spoil of Object.values(wrong)) {
    await refuses(403, 'SignatureDoesNotMatch', (key) => putChunked(key, { body, payload, spoil }))
  }
})

test('framing that is broken', async () => {
  const body = seededBytes('body', 200_000)
  const wrong: Record<string, (framed: Buffer) => Buffer> = {
    'a size that is no number': (framed) => replaceAt(framed, 0, 'zz'),
    'no line break behind a chunk': (framed) => replaceAt(framed, framed.indexOf('\r\n', 66_000), 'XX'),
    'no framing at all': (framed) => Buffer.alloc(framed.length, 'x'),
  }
  for (const payload of [signedChunks, unsignedTrailer]) {
    const trailer = payload === unsignedTrailer ? (['x-amz-checksum-crc32', checksums.crc32(body)] as const) : undefined
    for (const spoil of Object.values(wrong)) {
      await refuses(400, 'IncompleteBody', (key) => putChunked(key, { body, payload, trailer, spoil }))
    }
    for (const bytes of [199_999, 200_001]) {
      const headers = { 'x-amz-decoded-content-length': String(bytes) }
      await refuses(400, 'IncompleteBody', (key) => putChunked(key, { body, payload, trailer, headers }))
    }
  }
})

test('fewer bytes than announced, and an end', async () => {
  for (const size of sizes) {
    const body = seededBytes('body', size)
    await refuses(400, 'IncompleteBody', async (key) => {
      const { head } = signedHead(server, { method: 'PUT', path: pathOf(bucket, key), body })
      const connection = await Connection.open(server, { allowHalfOpen: true })
      await connection.send(head)
      await connection.send(body.subarray(0, size - 1))
      connection.socket.end()
      const reply = await connection.reply()
      connection.destroy()
      return reply
    })
  }
})

test('more bytes than announced: the object is what was announced, the rest is no request', async () => {
  const body = seededBytes('body', 5000)
  const { head } = signedHead(server, { method: 'PUT', path: pathOf(bucket, 'more'), body: body.subarray(0, 4000) })
  const connection = await Connection.open(server)
  await connection.send(Buffer.concat([Buffer.from(head), body]))
  assert.equal((await connection.reply()).status, 200)
  assert.ok(await connection.closes())
  assert.ok((await getObject(server, bucket, 'more')).body.equals(body.subarray(0, 4000)))
  await request(server, { method: 'DELETE', path: pathOf(bucket, 'more') })
})

test('a client that vanishes in the middle of an upload', async () => {
  await putObject(server, bucket, 'taken', kept)
  const vanish = async (size: number, share: number, reset: boolean) => {
    const body = seededBytes('body', size)
    for (const key of ['taken', `new ${size}`]) {
      const { head } = signedHead(server, { method: 'PUT', path: pathOf(bucket, key), body })
      const connection = await Connection.open(server)
      await connection.send(head)
      await connection.send(body.subarray(0, size * share))
      await sleep(50)
      if (reset) connection.socket.resetAndDestroy()
      else connection.destroy()
    }
  }
  const ways = sizes.flatMap((size) =>
    [0, 0.5, 0.99].flatMap((share) => [true, false].map((reset) => ({ size, share, reset }))),
  )
  await Promise.all(ways.map(({ size, share, reset }) => vanish(size, share, reset)))
  await sleep(500)
  assert.deepEqual(await listKeys(server, bucket), ['taken'])
  assert.equal((await getObject(server, bucket, 'taken')).body.toString(), kept)
})

test('a bad part is none', async () => {
  const upload = await beginUpload(server, bucket, 'parts')
  for (const size of sizes) {
    const part = partOf(upload, 1, seededBytes('part', size))
    const md5 = { 'content-md5': contentMd5(Buffer.from('other')) }
    assertRefused(await request(server, { ...part, headers: md5 }), 400, 'BadDigest')
    const connection = await Connection.open(server)
    await connection.send(signedHead(server, part).head)
    await connection.send(seededBytes('part', size / 2))
    connection.destroy()
  }
  await sleep(300)
  const query = [['uploadId', upload.uploadId]] as const
  const listed = await request(server, { method: 'GET', path: upload.path, query })
  assert.equal(listed.status, 200)
  assert.doesNotMatch(listed.body.toString(), /<Part>/)
  await abortUpload(server, upload)
})

function changeDigit(bytes: Buffer, at: number): Buffer {
  return replaceAt(bytes, at, bytes[at] === 0x61 ? 'b' : 'a')
}

function changeByte(bytes: Buffer, at: number): Buffer {
  const changed = Buffer.from(bytes)
  changed[at] = (changed[at] as number) ^ 1
  return changed
}

function replaceAt(bytes: Buffer, at: number, text: string): Buffer {
  const changed = Buffer.from(bytes)
  changed.write(text, at, 'latin1')
  return changed
}
