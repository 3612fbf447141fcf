import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { Agent } from 'node:https'
import { PassThrough, Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import type { TestContext } from 'node:test'
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectsCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  ListBucketsCommand,
  ListMultipartUploadsCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  paginateListObjectsV2,
  S3Client,
  type S3ServiceException,
} from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import type { Server } from '../server.ts'
import { hexHash, seededBytes } from '../support/bytes.ts'
import type { Endpoint } from '../support/endpoint.ts'
import { until } from '../support/wait.ts'
import { overHttpAndHttps, transportOf } from '../transports.ts'

const mib = 1024 * 1024

function newClient({ url, accessKeyId, secretKey, certificate }: Endpoint): S3Client {
  return new S3Client({
    endpoint: url,
    region: 'us-east-1',
    credentials: { accessKeyId, secretAccessKey: secretKey },
    // The host is an address, under which buckets have no names.
    forcePathStyle: true,
    requestHandler: certificate === undefined ? {} : { httpsAgent: new Agent({ ca: readFileSync(certificate) }) },
  })
}

async function fails(status: number, name: string, work: Promise<unknown>): Promise<void> {
  const error = (await work.then(
    () => undefined,
    (failure) => failure,
  )) as S3ServiceException | undefined
  assert.deepEqual([error?.$metadata?.httpStatusCode, error?.name], [status, name])
}

async function roundTrips(client: S3Client, Bucket: string): Promise<void> {
  const Body = seededBytes('round trip', 300_000)
  const Key = 'dir/a b+c%ü😀'
  const put = await client.send(new PutObjectCommand({ Bucket, Key, Body, Metadata: { colour: 'blue' } }))
  assert.equal(put.ETag, `"${hexHash('md5', Body)}"`)
  const got = await client.send(new GetObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }))
  assert.ok(Buffer.from((await got.Body?.transformToByteArray()) ?? []).equals(Body))
  assert.deepEqual(got.Metadata, { colour: 'blue' })
  const ranged = await client.send(new GetObjectCommand({ Bucket, Key, Range: 'bytes=100-199' }))
  assert.ok(Buffer.from((await ranged.Body?.transformToByteArray()) ?? []).equals(Body.subarray(100, 200)))
  const head = await client.send(new HeadObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }))
  assert.equal(head.ChecksumCRC32, put.ChecksumCRC32)
  await client.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/${encodeURIComponent(Key)}` }))
  const copied = await client.send(new GetObjectCommand({ Bucket, Key: 'copy' }))
  assert.ok(Buffer.from((await copied.Body?.transformToByteArray()) ?? []).equals(Body))
  await fails(404, 'NoSuchKey', client.send(new GetObjectCommand({ Bucket, Key: 'missing' })))
  await fails(404, 'NotFound', client.send(new HeadObjectCommand({ Bucket, Key: 'missing' })))
  await fails(412, 'PreconditionFailed', client.send(new PutObjectCommand({ Bucket, Key, Body, IfNoneMatch: '*' })))
}

async function tags(client: S3Client, Bucket: string): Promise<void> {
  const Key = 'tagged'
  await client.send(new PutObjectCommand({ Bucket, Key, Body: 'x', Tagging: 'a=1' }))
  await client.send(new PutObjectTaggingCommand({ Bucket, Key, Tagging: { TagSet: [{ Key: 'b', Value: 'ü' }] } }))
  const { TagSet } = await client.send(new GetObjectTaggingCommand({ Bucket, Key }))
  assert.deepEqual(TagSet, [{ Key: 'b', Value: 'ü' }])
  const wanted = new GetObjectAttributesCommand({ Bucket, Key, ObjectAttributes: ['ObjectSize', 'StorageClass'] })
  assert.equal((await client.send(wanted)).ObjectSize, 1)
}

/** A body that is a stream goes over HTTPS and HTTP in chunks with a trailer, as its checksum is not known before. */
async function streams(client: S3Client, Bucket: string): Promise<void> {
  const content = seededBytes('stream', 3 * mib + 7)
  for (const ChecksumAlgorithm of ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const) {
    const Key = `streamed ${ChecksumAlgorithm}`
    const Body = Readable.from(pieces(content))
    const asked = { Bucket, Key, Body, ContentLength: content.length, ChecksumAlgorithm }
    const put = await client.send(new PutObjectCommand(asked))
    const head = await client.send(new HeadObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }))
    const name = `Checksum${ChecksumAlgorithm}` as keyof HeadObjectCommandOutput
    assert.ok(head[name] !== undefined && (put as HeadObjectCommandOutput)[name] === head[name], ChecksumAlgorithm)
    const got = await client.send(new GetObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }))
    assert.ok((await buffer(got.Body as Readable)).equals(content), ChecksumAlgorithm)
  }
}

function* pieces(content: Buffer): Generator<Buffer> {
  for (let at = 0; at < content.length; at += 50_000) yield content.subarray(at, at + 50_000)
}

async function uploadsUnknownLength(client: S3Client, Bucket: string): Promise<void> {
  for (const size of [0, 1000, 5 * mib, 23 * mib + 11]) {
    const content = seededBytes(`unknown ${size}`, size)
    const Body = new PassThrough()
    Readable.from(pieces(content)).pipe(Body)
    const Key = `unknown/${size}`
    await new Upload({ client, params: { Bucket, Key, Body, ContentType: 'x/y' } }).done()
    const got = await client.send(new GetObjectCommand({ Bucket, Key }))
    assert.ok((await buffer(got.Body as Readable)).equals(content), `${size}`)
    assert.equal(got.ContentType, 'x/y')
  }
}

async function abortsUpload(client: S3Client, Bucket: string): Promise<void> {
  const Body = Readable.from(pieces(seededBytes('aborted', 30 * mib)))
  const upload = new Upload({ client, params: { Bucket, Key: 'aborted', Body } })
  upload.on('httpUploadProgress', () => upload.abort())
  await assert.rejects(upload.done())
  await fails(404, 'NotFound', client.send(new HeadObjectCommand({ Bucket, Key: 'aborted' })))
  // The program goes on before the SDK has told the server.
  await until('the upload is gone', 10_000, async () => {
    return (await client.send(new ListMultipartUploadsCommand({ Bucket }))).Uploads === undefined
  })
}

async function listsAndDeletes(client: S3Client, Bucket: string): Promise<void> {
  const { Buckets } = await client.send(new ListBucketsCommand())
  assert.ok(Buckets?.some(({ Name }) => Name === Bucket))
  const keys: string[] = []
  for await (const page of paginateListObjectsV2({ client, pageSize: 3 }, { Bucket })) {
    keys.push(...(page.Contents ?? []).map(({ Key }) => Key as string))
  }
  assert.ok(keys.includes('dir/a b+c%ü😀'))
  const Objects = keys.map((Key) => ({ Key }))
  const { Deleted, Errors } = await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }))
  assert.deepEqual([Deleted?.length, Errors], [keys.length, undefined])
}

async function runAll(t: TestContext, server: Server): Promise<void> {
  const client = newClient(server)
  t.after(() => client.destroy())
  const bucket = `aws-sdk-${transportOf(server)}`
  await client.send(new CreateBucketCommand({ Bucket: bucket }))
  await t.test('objects: round trip, ranges, copies, failures', () => roundTrips(client, bucket))
  await t.test('tags and attributes', () => tags(client, bucket))
  await t.test('streams with every checksum', () => streams(client, bucket))
  await t.test('lib-storage: streams of unknown length', () => uploadsUnknownLength(client, bucket))
  await t.test('lib-storage: an upload that is aborted leaves nothing', () => abortsUpload(client, bucket))
  await t.test('listing in pages, deleting what was listed', () => listsAndDeletes(client, bucket))
}

await overHttpAndHttps('the AWS SDK for JavaScript', [], runAll)
