import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import type { Credentials } from '@headrace/s3'
import type { Test } from '../../test/open-store.ts'
import { requestBytes } from '../../test/support/connection.ts'
import { startFront } from '../../test/support/front.ts'
import { alice, type RequestOptions } from '../../test/support/requests.ts'
import { until } from '../../test/support/waiting.ts'
import { systemClock } from '../core/runtime.ts'

type Conditions = readonly unknown[]

const boundary = 'the-boundary'
const type = ['content-type', `multipart/form-data; boundary=${boundary}`]
const fileBytesMax = 4 * 1024 * 1024

/** The fields of a form that its owner allows for a minute, signed in the short way of version 2. */
function signedFields(key: string, as: Credentials, more: Conditions = []): Record<string, string> {
  const expiration = new Date(systemClock.now() + 60_000).toISOString()
  const conditions = [{ bucket: 'bucket' }, ['starts-with', '$key', 'up/'], ...more]
  const policy = Buffer.from(JSON.stringify({ expiration, conditions })).toString('base64')
  const signature = createHmac('sha1', as.secretKey).update(policy).digest('base64')
  return { key, AWSAccessKeyId: as.accessKeyId, policy, signature }
}

function form(fields: Record<string, string>, file: Uint8Array | string): RequestOptions {
  const parts = Object.entries(fields).map(
    ([name, value]) => `--${boundary}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  )
  const head = `${parts.join('')}--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="cat.jpg"\r\n\r\n`
  const body = Buffer.concat([Buffer.from(head), Buffer.from(file as string), Buffer.from(`\r\n--${boundary}--\r\n`)])
  return { method: 'POST', target: '/bucket', headers: type, body }
}

async function withBucket(t: Test) {
  const front = await startFront(t)
  const { open } = front
  const connection = open()
  await connection.request({ method: 'PUT', target: '/bucket', as: alice })
  const get = async (key: string) => {
    const { status, text } = await connection.request({ target: `/bucket/${key}`, as: alice })
    return status === 200 ? text : status
  }
  return { ...front, connection, get }
}

test('form: its file becomes the object of its key, in as many pieces as it comes', async (t) => {
  const { port, connection, open, get, events } = await withBucket(t)
  // What S3 puts the name of the file in place of.
  const place = '$'.concat('{filename}')
  const whole = await connection.request(form(signedFields(`up/${place}`, alice), 'a cat'))
  assert.equal(whole.status, 204)
  assert.equal(whole.headers.location, `http://127.0.0.1:${port}/bucket/up/cat.jpg`)
  assert.equal(await get('up/cat.jpg'), 'a cat')
  const slow = open()
  for (const byte of requestBytes(port, form(signedFields('up/slow', alice), 'byte by byte'))) {
    slow.write(Buffer.of(byte))
    await new Promise((resolve) => setImmediate(resolve))
  }
  assert.equal((await slow.answer()).status, 204)
  assert.equal(await get('up/slow'), 'byte by byte')
  const record = events.records.find(({ key }) => key === 'up/slow')
  assert.deepEqual([record?.operation, record?.owner, record?.bucket], ['putObject', 'alice', 'bucket'])
})

test('form: what its policy does not allow is refused, and its connection goes on', async (t) => {
  const { connection, get } = await withBucket(t)
  const refused: [Record<string, string>, string, string][] = [
    [signedFields('elsewhere/cat', alice), 'a cat', 'AccessDenied'],
    [{ ...signedFields('up/cat', alice), acl: 'public-read' }, 'a cat', 'AccessDenied'],
    [{ ...signedFields('up/cat', alice), signature: 'AAAA' }, 'a cat', 'SignatureDoesNotMatch'],
    [signedFields('up/cat', alice, [['content-length-range', 10, 20]]), 'a cat', 'EntityTooSmall'],
    [signedFields('up/cat', alice, [['content-length-range', 1, 4]]), 'a cat', 'EntityTooLarge'],
    [{ key: 'up/cat' }, 'a cat', 'AccessDenied'],
  ]
  for (const [fields, file, expected] of refused) {
    const { text } = await connection.request(form(fields, file))
    assert.match(text, new RegExp(`<Code>${expected}<`))
    assert.equal(await get('up/cat'), 404)
  }
})

test('form: one that is too large is answered while it comes', async (t) => {
  const { port, open, get } = await withBucket(t)
  const fields = signedFields('up/large', alice, [['content-length-range', 0, 1024]])
  const bytes = requestBytes(port, form(fields, Buffer.alloc(fileBytesMax)))
  const connection = open()
  connection.write(bytes.subarray(0, bytes.length / 2))
  const { status, text } = await connection.answer()
  assert.equal(status, 400)
  assert.match(text, /<Code>EntityTooLarge</)
  connection.write(bytes.subarray(bytes.length / 2))
  await connection.closed
  assert.equal(await get('up/large'), 404)
})

test('form: one that is no form is refused', async (t) => {
  const { connection } = await withBucket(t)
  for (const body of [
    '',
    'no form',
    `--${boundary}--\r\n`,
    `--${boundary}\r\ncontent-disposition: form-data; name="key"`,
  ]) {
    const { status, text } = await connection.request({ method: 'POST', target: '/bucket', headers: type, body })
    assert.equal(status, 400, text)
    assert.match(text, /<Code>(MalformedPOSTRequest|IncorrectNumberOfFilesInPostRequest)</)
  }
})

test('form: one that is cut off leaves nothing', async (t) => {
  const { port, open, get, events } = await withBucket(t)
  const bytes = requestBytes(port, form(signedFields('up/cut', alice), Buffer.alloc(100_000)))
  const connection = open()
  const before = events.started
  connection.write(bytes.subarray(0, 50_000))
  await until('the request has come', () => events.started > before)
  const record = events.nextRecord()
  connection.destroy()
  assert.equal((await record).errorCode, 'IncompleteBody')
  assert.equal(await get('up/cut'), 404)
  assert.deepEqual(events.lines, [], 'nobody need hear of it')
})
