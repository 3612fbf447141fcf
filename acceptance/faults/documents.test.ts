import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { useServer } from '../server.ts'
import { contentMd5 } from '../support/checksums.ts'
import type { Reply } from '../support/connection.ts'
import { assertRefused, createBucket, getObject, pathOf, putObject, request } from '../support/requests.ts'
import { beginUpload, type Upload } from '../support/uploads.ts'

// XML that is too large, too deep, broken, or an attack: refused in little time, and the server goes on.

const server = await useServer()
const bucket = 'documents'
const key = 'object'

/** A refusal takes no longer than this, in milliseconds, on a machine that is busy with other tests. */
const patienceMs = 15_000

let upload: Upload | undefined
before(async () => {
  await createBucket(server, bucket)
  upload = await beginUpload(server, bucket, key)
  await putObject(server, bucket, key, 'body')
})

/** Sends a document to each kind of operation that reads one. */
async function sendToAll(document: string | Uint8Array): Promise<Map<string, Reply>> {
  const headers = { 'content-md5': contentMd5(Buffer.from(document as string)) }
  const path = pathOf(bucket, key)
  const replies = new Map<string, Reply>()
  const send = async (name: string, method: string, where: string, query: readonly (readonly [string, string])[]) => {
    const beganMs = performance.now()
    replies.set(name, await request(server, { method, path: where, query, body: document, headers }))
    const tookMs = performance.now() - beganMs
    assert.ok(tookMs < patienceMs, `${name} took ${tookMs} ms`)
  }
  await send('DeleteObjects', 'POST', pathOf(bucket), [['delete', '']])
  await send('PutObjectTagging', 'PUT', path, [['tagging', '']])
  await send('CompleteMultipartUpload', 'POST', path, [['uploadId', upload?.uploadId ?? '']])
  await send('CreateBucket', 'PUT', pathOf('documents-other'), [])
  return replies
}

async function refusesEverywhere(document: string | Uint8Array, code = 'MalformedXML'): Promise<void> {
  for (const [name, reply] of await sendToAll(document)) {
    assert.doesNotThrow(() => assertRefused(reply, 400, code), `${name}: ${reply.status} ${reply.body}`)
  }
  assert.equal((await getObject(server, bucket, key)).body.toString(), 'body')
}

test('10 MB of XML', async () => {
  const object = '<Object><Key>object</Key></Object>'
  await refusesEverywhere(`<Delete>${object.repeat(10_000_000 / object.length)}</Delete>`, 'MaxMessageLengthExceeded')
})

test('XML of great depth', async () => {
  await refusesEverywhere('<a>'.repeat(100_000) + '</a>'.repeat(100_000))
  await refusesEverywhere('<Delete>'.repeat(1_000_000 / 8))
})

test('XML of too many elements', async () => {
  await refusesEverywhere(`<Delete>${'<x/>'.repeat(900_000)}</Delete>`)
})

test('entities are not expanded, and nothing is fetched', async () => {
  const bomb = Array.from({ length: 20 }, (_, n) => `<!ENTITY e${n + 1} "${`&e${n};`.repeat(10)}">`).join('')
  await refusesEverywhere(`<?xml version="1.0"?><!DOCTYPE d [<!ENTITY e0 "x">${bomb}]><Delete>&e20;</Delete>`)
  await refusesEverywhere(
    '<?xml version="1.0"?><!DOCTYPE d [<!ENTITY f SYSTEM "file:///etc/passwd">]><Delete><Object><Key>&f;</Key></Object></Delete>',
  )
  await refusesEverywhere('<Delete><Object><Key>&unknown;</Key></Object></Delete>')
})

test('what is no XML, or not well-formed', async () => {
  const documents = [
    '{"Delete": []}',
    '<Delete>',
    '<Delete></delete>',
    '<Delete><Object></Delete></Object>',
    '<Delete/><Delete/>',
    '<Delete a="1" a="2"/>',
    'text',
    '<!-- only a comment -->',
    '<Delete>\u0000</Delete>',
    Buffer.from([0xff, 0xfe, 0x3c, 0x00, 0x61, 0x00]),
    Buffer.from('<Delete><Object><Key>\xff\xfe</Key></Object></Delete>', 'latin1'),
    `<${'a'.repeat(1_000_000)}/>`,
    `<Delete ${'a'.repeat(500_000)}="${'b'.repeat(500_000)}"/>`,
  ]
  for (const document of documents) await refusesEverywhere(document)
})

test('well-formed XML that means something else', async () => {
  await refusesEverywhere('<Other/>')
  for (const document of ['<Delete/>', `<Delete>${'<Object><Key>k</Key></Object>'.repeat(1001)}</Delete>`]) {
    const reply = (await sendToAll(document)).get('DeleteObjects') as Reply
    assertRefused(reply, 400, 'MalformedXML')
  }
  assert.equal((await getObject(server, bucket, key)).body.toString(), 'body')
})

test('a document whose MD5 or length is wrong', async () => {
  const body = '<Delete><Object><Key>object</Key></Object></Delete>'
  const asked = { method: 'POST', path: pathOf(bucket), query: [['delete', '']] as const, body }
  const other = { 'content-md5': contentMd5(Buffer.from('other')) }
  assertRefused(await request(server, { ...asked, headers: other }), 400, 'BadDigest')
  assert.equal((await getObject(server, bucket, key)).body.toString(), 'body')
})
