// Records what a real S3 endpoint answers to the client half, as test/golden/NAME.json:
//   S3_ACCESS_KEY=… S3_SECRET_KEY=… node PACKAGE/tools/record-replies.ts http://HOST:PORT > PACKAGE/test/golden/rgw-16.json
// It works in a bucket of its own, `recorded-replies`, and empties and deletes it before and after.
import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import {
  type ClientInput,
  type ClientReply,
  clientCodecs,
  Headers,
  type OperationName,
  signRequest,
} from '../src/index.ts'

const endpoint = new URL(process.argv[2] ?? 'http://127.0.0.1:7481')
const credentials = { accessKeyId: process.env.S3_ACCESS_KEY ?? '', secretKey: process.env.S3_SECRET_KEY ?? '' }
const bucket = 'recorded-replies'

interface Recorded {
  readonly name: string
  readonly operation: OperationName
  readonly input: object
  readonly status: number
  readonly headers: readonly string[]
  /** The bytes of objects are not recorded. */
  readonly document: string
}
const recorded: Recorded[] = []

async function send<N extends OperationName>(operation: N, input: ClientInput<N>, body?: Uint8Array) {
  const { method, target, headers, document } = clientCodecs[operation].encode(input)
  const bytes = document ?? body
  const hasLength = bytes !== undefined || method === 'PUT' || method === 'POST'
  const length = hasLength ? ['content-length', String(bytes?.length ?? 0)] : []
  const options = { credentials, region: 'us-east-1', nowMs: Date.now() }
  const signed = signRequest({ method, target, headers: ['host', endpoint.host, ...headers, ...length] }, options)
  const { hostname, port } = endpoint
  const sent = httpRequest({ hostname, port, method, path: target, headers: signed.headers })
  sent.end(bytes)
  const [reply] = (await once(sent, 'response')) as [IncomingMessage]
  const chunks: Buffer[] = []
  for await (const chunk of reply) chunks.push(chunk as Buffer)
  return { status: reply.statusCode ?? 0, rawHeaders: reply.rawHeaders, document: Buffer.concat(chunks) }
}

async function record<N extends OperationName>(name: string, operation: N, input: ClientInput<N>, body?: Uint8Array) {
  const { status, rawHeaders, document } = await send(operation, input, body)
  const isBytes = operation === 'getObject' && status < 300
  const text = isBytes ? '' : document.toString()
  recorded.push({ name, operation, input, status, headers: rawHeaders, document: text })
  const reply: ClientReply = { status, headers: new Headers(rawHeaders), document: Buffer.from(text) }
  return { reply, decode: () => clientCodecs[operation].decode(reply, input) }
}

/** Removes what a run before this one may have left. */
async function clear(): Promise<void> {
  const page = { bucket, prefix: '', delimiter: '', startAfter: '', maxKeys: 1000 }
  const listing = await send('listObjects', page)
  if (listing.status === 404) return
  const reply = { status: listing.status, headers: new Headers(listing.rawHeaders), document: listing.document }
  for (const { key } of clientCodecs.listObjects.decode(reply, page).objects)
    await send('deleteObject', { bucket, key })
  await send('deleteBucket', { bucket })
}

const object = { bucket, key: 'dir/a b+ü.txt' }
const upload = { bucket, key: 'parts' }
const page = { bucket, prefix: '', delimiter: '', startAfter: '', maxKeys: 1000 }
const plain = { content: {}, metadata: {}, tags: [] }

async function objects(): Promise<void> {
  const described = {
    content: { contentType: 'text/plain', cacheControl: 'no-store' },
    metadata: { color: 'blue', 'who-am-i': Buffer.from('Jürgen').toString('latin1') },
    tags: [{ key: 'k & l', value: 'v w' }],
  }
  await record('put', 'putObject', { ...object, ...described }, Buffer.from('0123456789'))
  const { decode } = await record('head', 'headObject', object)
  await record('get', 'getObject', object)
  await record('get a range', 'getObject', { ...object, range: { first: 2, last: 4 } })
  await record('get past the end', 'getObject', { ...object, range: { first: 100 } })
  await record('get unmodified', 'getObject', { ...object, conditions: { ifNoneMatch: [decode().info.etag] } })
  await record('get another', 'getObject', { ...object, conditions: { ifMatch: ['0'.repeat(32)] } })
  await record('get missing', 'getObject', { bucket, key: 'missing' })
  await record('head missing', 'headObject', { bucket, key: 'missing' })
  await record('get nowhere', 'getObject', { bucket: 'recorded-replies-no', key: 'missing' })
  await record('tags', 'getObjectTagging', object)
  await record('replace tags', 'putObjectTagging', { ...object, tags: [{ key: 'a', value: 'b' }] })
  await record('delete tags', 'deleteObjectTagging', object)
  await record('object acl', 'getObjectAcl', object)
  await record('open object', 'putObjectAcl', { ...object, acl: 'public-read', ownerIds: [] })
  await record('open object acl', 'getObjectAcl', object)
  await record('copy', 'copyObject', { bucket, key: 'copy', source: object })
  await record('copy missing', 'copyObject', { bucket, key: 'copy', source: { bucket, key: 'missing' } })
}

async function listings(): Promise<void> {
  for (const key of ['p/a', 'p/b/1', 'p/b/2', 'p/c', '\u0001']) {
    await send('putObject', { bucket, key, ...plain }, Buffer.from('x'))
  }
  const small = { ...page, prefix: 'p/', delimiter: '/', maxKeys: 2 }
  await record('list', 'listObjects', page)
  await record('list a page', 'listObjects', small)
  await record('list the next page', 'listObjects', { ...small, startAfter: 'p/b/' })
  await record('list, version 2', 'listObjectsV2', page)
  await record('list a page, version 2', 'listObjectsV2', small)
  await record('list versions', 'listObjectVersions', { ...page, keyMarker: '' })
  await record('list a page of versions', 'listObjectVersions', { ...small, keyMarker: '' })
  const objects = [{ key: 'p/a' }, { key: 'p/b/1' }, { key: 'never-was' }]
  await record('delete many', 'deleteObjects', { bucket, quiet: false, objects })
  await record('delete quietly', 'deleteObjects', { bucket, quiet: true, objects })
  await record('delete', 'deleteObject', { bucket, key: 'p/b/2' })
}

async function uploads(): Promise<void> {
  const created = await record('create upload', 'createMultipartUpload', { ...upload, ...plain })
  const { uploadId } = created.decode()
  const place = { ...upload, uploadId }
  const first = await record('part', 'uploadPart', { ...place, partNumber: 1 }, Buffer.alloc(5 * 1024 ** 2))
  const range = { first: 0, last: 4 }
  const second = await record('copied part', 'uploadPartCopy', { ...place, partNumber: 2, source: object, range })
  await record('parts', 'listParts', { ...place, maxParts: 1, partNumberMarker: 0 })
  const all = { bucket, prefix: '', delimiter: '', keyMarker: '', maxUploads: 10 }
  await record('uploads', 'listMultipartUploads', all)
  const parts = [first.decode().etag, second.decode().etag].map((etag, index) => ({ partNumber: index + 1, etag }))
  const wrong = parts.map((part) => ({ ...part, etag: '0'.repeat(32) }))
  await record('complete wrongly', 'completeMultipartUpload', { ...place, parts: wrong })
  await record('complete', 'completeMultipartUpload', { ...place, parts })
  await record('head of parts', 'headObject', upload)
  await record('part of missing', 'uploadPart', { ...upload, uploadId: 'none', partNumber: 1 }, Buffer.from('x'))
  await record('abort missing', 'abortMultipartUpload', { ...upload, uploadId: 'none' })
}

await clear()
await record('create bucket', 'createBucket', { bucket, location: '' })
await record('create bucket elsewhere', 'createBucket', { bucket: 'recorded-replies-no', location: 'nowhere-1' })
await record('buckets', 'listBuckets', {})
await record('head bucket', 'headBucket', { bucket })
await record('head missing bucket', 'headBucket', { bucket: 'recorded-replies-no' })
await record('location', 'getBucketLocation', { bucket })
await record('bucket acl', 'getBucketAcl', { bucket })
await objects()
await listings()
await uploads()
await record('delete full bucket', 'deleteBucket', { bucket })
await clear()
console.log(JSON.stringify(recorded, undefined, 1))
