import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  CreateBucketCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  PutObjectCommand,
  paginateListObjectsV2,
  S3Client,
} from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import { needs } from '../needs.ts'
import { problemsIn } from '../server.ts'
import { hexHash, seededBytes } from '../support/bytes.ts'
import type { Endpoint } from '../support/endpoint.ts'
import { attemptHeadrace, openScene, upstreamKey } from './support/scene.ts'

// What a client does in front of a store on drives, it does in front of upstreams.

const options = needs('ownServer')
const Bucket = 'through'

function clientOf({ url, accessKeyId, secretKey }: Endpoint): S3Client {
  const credentials = { accessKeyId, secretAccessKey: secretKey }
  return new S3Client({ endpoint: url, region: 'us-east-1', credentials, forcePathStyle: true })
}

async function bytesOf(client: S3Client, Key: string, Range?: string): Promise<Buffer> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key, Range, ChecksumMode: 'ENABLED' }))
  return Buffer.from((await Body?.transformToByteArray()) ?? [])
}

for (const workers of [2, 0]) {
  test(`the SDK for JavaScript, through ${workers} gateways to an upstream`, options, async (t) => {
    const { front, relays } = await openScene(t, { workers })
    const client = clientOf(front)
    t.after(() => client.destroy())
    await client.send(new CreateBucketCommand({ Bucket }))
    assert.deepEqual(
      (await client.send(new ListBucketsCommand({}))).Buckets?.map(({ Name }) => Name),
      [Bucket],
    )

    const small = seededBytes('small', 12_345)
    const put = await client.send(new PutObjectCommand({ Bucket, Key: 'a b/ü', Body: small, Metadata: { n: '1' } }))
    assert.equal(put.ETag, `"${hexHash('md5', small)}"`)
    assert.ok((await bytesOf(client, 'a b/ü')).equals(small))
    assert.ok((await bytesOf(client, 'a b/ü', 'bytes=100-199')).equals(small.subarray(100, 200)))

    const large = seededBytes('large', 17 * 1024 * 1024)
    const params = { Bucket, Key: 'large', Body: large }
    await new Upload({ client, params, partSize: 5 * 1024 * 1024, queueSize: 3 }).done()
    assert.ok((await bytesOf(client, 'large')).equals(large))
    assert.match((await client.send(new HeadObjectCommand({ Bucket, Key: 'large' }))).ETag ?? '', /-4"$/)

    const keys = Array.from({ length: 25 }, (_, n) => `page/${String(n).padStart(2, '0')}`)
    await Promise.all(keys.map((Key) => client.send(new PutObjectCommand({ Bucket, Key, Body: Key }))))
    const listed: (string | undefined)[] = []
    for await (const page of paginateListObjectsV2({ client, pageSize: 10 }, { Bucket, Prefix: 'page/' })) {
      listed.push(...(page.Contents ?? []).map(({ Key }) => Key))
    }
    assert.deepEqual(listed, keys)
    await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: keys.map((Key) => ({ Key })) } }))
    await assert.rejects(bytesOf(client, 'page/00'), { name: 'NoSuchKey' })

    const metrics = await (await fetch(`${front.own.adminUrl}/metrics`)).text()
    for (const { name } of relays) {
      assert.match(metrics, new RegExp(`^headrace_upstream_exchanges\\{upstream="${name}",outcome="ok"\\} [1-9]`, 'm'))
    }
    assert.match(metrics, /^headrace_attempts\{kind="resumes"\} 0$/m)
    assert.deepEqual(problemsIn(front.own.process.log), [])
  })
}

test('upstream probe: prints what an endpoint can do, and keeps it for the server', options, async (t) => {
  const { front, relays } = await openScene(t, { workers: 0 })
  const [{ url }] = relays
  const state = front.own.folder
  const { code, stdout } = await attemptHeadrace(
    ['upstream', 'probe', url, '--save', '--state', state],
    upstreamKey(front),
  )
  assert.equal(code, 0, stdout)
  assert.match(stdout, /^Conditions +put atomic, complete held/m)
  assert.match(stdout, /^pass {2}conditional PUT +Of many writers at once one wins\.$/m)
  assert.match(stdout, /^Kept in .*upstream-ledger\.json/m)
  const wrong = { ...upstreamKey(front), HEADRACE_UPSTREAM_SECRET_KEY: 'another-secret' }
  const refused = await attemptHeadrace(['upstream', 'probe', url], wrong)
  assert.deepEqual([refused.code, refused.stdout], [1, ''])
  assert.match(refused.stderr, /^headrace: .* refuses: SignatureDoesNotMatch: .*HEADRACE_UPSTREAM_SECRET_KEY/)
  relays[0].cut()
  const gone = await attemptHeadrace(['upstream', 'probe', url], upstreamKey(front))
  assert.match(gone.stderr, /^headrace: .* cannot be asked: .*connect/)
})
