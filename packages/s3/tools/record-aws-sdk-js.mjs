// Records requests that the AWS SDK for JavaScript signs, as test/golden/aws-sdk-js.json. In an empty folder:
//   npm install @aws-sdk/client-s3 @aws-sdk/s3-request-presigner
//   node PACKAGE/tools/record-aws-sdk-js.mjs > PACKAGE/test/golden/aws-sdk-js.json
// Nothing is sent: a request handler catches each request when it is complete. The clock stands still; the ids of the
// invocations, which are signed, differ from run to run.
import { createRequire } from 'node:module'
import { Readable } from 'node:stream'

const require = createRequire(`${process.cwd()}/`)
const sdk = require('@aws-sdk/client-s3')
const { getSignedUrl } = require('@aws-sdk/s3-request-presigner')

const nowMs = Date.UTC(2026, 10, 21, 13, 41)
const accessKeyId = 'AKIAIOSFODNN7EXAMPLE'
const secretKey = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'
const region = 'eu-central-1'

class StillDate extends Date {
  constructor(...given) {
    super(...(given.length === 0 ? [nowMs] : given))
  }
  static now() {
    return nowMs
  }
}
globalThis.Date = StillDate

const requests = []

async function bytesOf(body) {
  if (body === undefined) return Buffer.alloc(0)
  if (typeof body === 'string' || body instanceof Uint8Array) return Buffer.from(body)
  const chunks = []
  for await (const chunk of body) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}

function client(scheme) {
  const caught = {
    async handle(request) {
      caught.request = request
      caught.body = await bytesOf(request.body)
      throw new Error('caught')
    },
  }
  const s3 = new sdk.S3Client({
    endpoint: `${scheme}://s3.example.test:9000`,
    forcePathStyle: true,
    region,
    credentials: { accessKeyId, secretAccessKey: secretKey },
    requestHandler: caught,
    maxAttempts: 1,
  })
  return { s3, caught }
}

async function record(name, command, scheme = 'http') {
  const { s3, caught } = client(scheme)
  await s3.send(command).catch((error) => {
    if (error.message !== 'caught') throw error
  })
  const { method, path, query, headers } = caught.request
  const pairs = Object.entries(query ?? {}).map(([key, value]) =>
    value === '' || value === null ? key : `${encodeURIComponent(key)}=${encodeURIComponent(value)}`,
  )
  const target = pairs.length > 0 ? `${path}?${pairs.join('&')}` : path
  const kept = Object.entries(headers).filter(([header]) => header !== 'user-agent')
  requests.push({ name, method, target, headers: kept.flat(), bodyBase64: caught.body.toString('base64') })
}

async function presigned(name, command) {
  const { s3 } = client('http')
  const url = new URL(await getSignedUrl(s3, command, { expiresIn: 600 }))
  const method = name.startsWith('get') ? 'GET' : 'PUT'
  const headers = ['host', url.host]
  requests.push({ name, method, target: url.href.slice(url.origin.length), headers, bodyBase64: '' })
}

const ofKey = { Bucket: 'photos', Key: "a b+c/é'(1)!*.txt" }
const Metadata = { color: 'sky blue' }
await record('getObject', new sdk.GetObjectCommand({ ...ofKey, Range: 'bytes=0-9' }))
await record('listObjectsV2', new sdk.ListObjectsV2Command({ Bucket: 'photos', Prefix: 'a b/', Delimiter: '/' }))
await record('putObject of a buffer', new sdk.PutObjectCommand({ ...ofKey, Body: Buffer.from('hello'), Metadata }))
const stream = () => Readable.from([Buffer.from('hello'), Buffer.from(' world')])
const streamed = { ...ofKey, ContentLength: 11, ChecksumAlgorithm: 'SHA256' }
await record('putObject of a stream over https', new sdk.PutObjectCommand({ ...streamed, Body: stream() }), 'https')
const Delete = { Objects: [{ Key: 'a<b' }, { Key: 'é' }] }
await record('deleteObjects', new sdk.DeleteObjectsCommand({ Bucket: 'photos', Delete }))
const Response = { ResponseContentType: 'text/html; charset=ü' }
await presigned('getObject presigned', new sdk.GetObjectCommand({ ...ofKey, ...Response }))
await presigned('putObject presigned', new sdk.PutObjectCommand({ ...ofKey, Metadata, ACL: 'private' }))
const copy = new sdk.CopyObjectCommand({ ...ofKey, CopySource: 'photos/from%20here' })
await presigned('copyObject presigned', copy)

const recordedWith = `@aws-sdk/client-s3 ${require('@aws-sdk/client-s3/package.json').version}`
console.log(JSON.stringify({ recordedWith, accessKeyId, secretKey, region, nowMs, requests }, null, 1))
