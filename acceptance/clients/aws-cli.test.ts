import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { type Program, programs } from '../needs.ts'
import type { Server } from '../server.ts'
import { hexHash, seededBytes } from '../support/bytes.ts'
import { clientEnvironment } from '../support/endpoint.ts'
import { attempt, run } from '../support/program.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { overHttpAndHttps, transportOf } from '../transports.ts'

const versions = { aws2: "Debian's version 2", aws1: 'version 1' } as const
const mib = 1024 * 1024

/** One version of the program, one server, a bucket and a folder. */
class AwsCli {
  readonly folder = temporaryFolder()
  readonly bucket: string
  readonly #program: string
  readonly #server: Server
  readonly #env: Record<string, string>

  constructor(program: Program, server: Server) {
    this.#program = programs[program]
    this.#server = server
    this.#env = { ...clientEnvironment(server), AWS_PAGER: '' }
    this.bucket = `${program}-${transportOf(server)}`
  }

  async s3(...args: string[]): Promise<string> {
    return await run(this.#program, ['--endpoint-url', this.#server.url, 's3', ...args], this.#where())
  }

  /** @returns what it printed, or undefined for nothing */
  async api(operation: string, ...args: string[]): Promise<Record<string, unknown>> {
    const printed = await run(this.#program, this.#api(operation, args), this.#where())
    return printed === '' ? {} : (JSON.parse(printed) as Record<string, unknown>)
  }

  async refused(code: RegExp, operation: string, ...args: string[]): Promise<void> {
    const { code: exit, stderr } = await attempt(this.#program, this.#api(operation, args), this.#where())
    assert.notEqual(exit, 0)
    assert.match(stderr, code)
  }

  /** Makes a file and returns its path. */
  write(name: string, content: string | Uint8Array): string {
    const path = join(this.folder, name)
    writeFileSync(path, content)
    return path
  }

  read(name: string): Buffer {
    return readFileSync(join(this.folder, name))
  }

  #api(operation: string, args: readonly string[]): string[] {
    return ['--endpoint-url', this.#server.url, 's3api', operation, '--output', 'json', ...args]
  }

  #where() {
    return { cwd: this.folder, env: this.#env }
  }
}

async function copies(aws: AwsCli): Promise<void> {
  const { bucket } = aws
  const small = seededBytes('small', 12_345)
  const large = seededBytes('large', 30 * mib + 1)
  aws.write('small', small)
  aws.write('large', large)
  await aws.s3('cp', 'small', `s3://${bucket}/dir/small one`, '--metadata', 'colour=blue')
  await aws.s3('cp', 'large', `s3://${bucket}/dir/large`)
  await aws.s3('cp', `s3://${bucket}/dir/small one`, 'small back')
  await aws.s3('cp', `s3://${bucket}/dir/large`, `s3://${bucket}/dir/copy`)
  await aws.s3('cp', `s3://${bucket}/dir/copy`, 'large back')
  assert.ok(aws.read('small back').equals(small))
  assert.ok(aws.read('large back').equals(large))
  const head = await aws.api('head-object', '--bucket', bucket, '--key', 'dir/large')
  assert.equal(head.ContentLength, large.length)
  assert.match(String(head.ETag), /-4"$/)
}

async function syncs(aws: AwsCli): Promise<void> {
  const { bucket } = aws
  const names = ['plain.txt', 'with space.txt', 'a+b%20c.txt', 'ü日本.txt', 'sub/empty', 'sub/deep/100%.csv']
  mkdirSync(join(aws.folder, 'tree/sub/deep'), { recursive: true })
  for (const name of names) aws.write(`tree/${name}`, name === 'sub/empty' ? '' : `content of ${name}`)
  await aws.s3('sync', 'tree', `s3://${bucket}/tree`)
  assert.equal(await aws.s3('sync', 'tree', `s3://${bucket}/tree`), '', 'a second sync finds nothing to do')
  await aws.s3('sync', `s3://${bucket}/tree`, 'back')
  for (const name of names) assert.ok(aws.read(`back/${name}`).equals(aws.read(`tree/${name}`)), name)
  const listed = await aws.s3('ls', '--recursive', `s3://${bucket}/tree/`)
  for (const name of names) assert.ok(listed.includes(` tree/${name}\n`), `${name} in ${listed}`)
  await aws.s3('mv', `s3://${bucket}/tree/with space.txt`, `s3://${bucket}/tree/moved.txt`)
  await aws.s3('rm', '--recursive', `s3://${bucket}/tree/sub`)
  assert.match(await aws.s3('ls', `s3://${bucket}/tree/`), /moved\.txt/)
  assert.doesNotMatch(await aws.s3('ls', '--recursive', `s3://${bucket}/`), /sub|with space/)
}

async function presigns(aws: AwsCli, server: Server): Promise<void> {
  aws.write('small', 'presigned')
  await aws.s3('cp', 'small', `s3://${aws.bucket}/for all +`)
  const url = (await aws.s3('presign', `s3://${aws.bucket}/for all +`, '--expires-in', '60')).trim()
  const trust = server.certificate === undefined ? [] : ['--cacert', server.certificate]
  assert.equal(await run('curl', ['--silent', '--show-error', '--fail', ...trust, url]), 'presigned')
}

async function servesObjects(aws: AwsCli): Promise<void> {
  const bucket = ['--bucket', aws.bucket]
  const object = [...bucket, '--key', 'a b/ü+']
  aws.write('body', 'the body')
  const put = await aws.api('put-object', ...object, '--body', 'body', '--metadata', 'm=1', '--tagging', 'a=1')
  assert.equal(put.ETag, `"${hexHash('md5', 'the body')}"`)
  const got = await aws.api('get-object', ...object, 'got')
  assert.deepEqual([got.ContentLength, got.Metadata, aws.read('got').toString()], [8, { m: '1' }, 'the body'])
  await aws.api('get-object', ...object, '--range', 'bytes=4-', 'got')
  assert.equal(aws.read('got').toString(), 'body')
  assert.equal((await aws.api('head-object', ...object)).ContentLength, 8)
  const attributes = await aws.api('get-object-attributes', ...object, '--object-attributes', 'ObjectSize', 'ETag')
  assert.deepEqual([attributes.ObjectSize, attributes.ETag], [8, hexHash('md5', 'the body')])
  await aws.api('copy-object', ...bucket, '--key', 'copy', '--copy-source', `${aws.bucket}/a b/ü+`)
  const tags = async () => ((await aws.api('get-object-tagging', ...object)).TagSet as unknown[]).length
  assert.equal(await tags(), 1)
  await aws.api('put-object-tagging', ...object, '--tagging', 'TagSet=[{Key=x,Value=1},{Key=y,Value=2}]')
  assert.equal(await tags(), 2)
  await aws.api('delete-object-tagging', ...object)
  assert.equal(await tags(), 0)
  await aws.api('put-object-acl', ...object, '--acl', 'public-read')
  assert.deepEqual(await permissionsIn(aws.api('get-object-acl', ...object)), ['FULL_CONTROL', 'READ'])
  const keysOf = async (operation: string, list = 'Contents') => {
    const entries = ((await aws.api(operation, ...bucket, '--page-size', '1'))[list] ?? []) as { Key: string }[]
    return entries.map(({ Key }) => Key)
  }
  assert.deepEqual(await keysOf('list-objects'), ['a b/ü+', 'copy'])
  assert.deepEqual(await keysOf('list-objects-v2'), ['a b/ü+', 'copy'])
  assert.deepEqual(await keysOf('list-object-versions', 'Versions'), ['a b/ü+', 'copy'])
  await aws.api('delete-object', ...object)
  await aws.refused(/\(404\)|NoSuchKey/, 'get-object', ...object, 'got')
  const deleted = await aws.api('delete-objects', ...bucket, '--delete', 'Objects=[{Key=copy},{Key=missing}]')
  assert.deepEqual(deleted.Deleted, [{ Key: 'copy' }, { Key: 'missing' }])
}

async function servesUploads(aws: AwsCli): Promise<void> {
  const object = ['--bucket', aws.bucket, '--key', 'parts']
  aws.write('first', seededBytes('first', 5 * mib))
  aws.write('second', seededBytes('second', 100))
  aws.write('source', seededBytes('source', 6 * mib))
  await aws.api('put-object', '--bucket', aws.bucket, '--key', 'source', '--body', 'source')
  const { UploadId } = await aws.api('create-multipart-upload', ...object)
  const upload = [...object, '--upload-id', String(UploadId)]
  const first = await aws.api('upload-part', ...upload, '--part-number', '1', '--body', 'first')
  const copied = await aws.api(
    'upload-part-copy',
    ...upload,
    '--part-number',
    '2',
    '--copy-source',
    `${aws.bucket}/source`,
  )
  const second = await aws.api('upload-part', ...upload, '--part-number', '3', '--body', 'second')
  const { Parts } = await aws.api('list-parts', ...upload)
  assert.deepEqual(
    (Parts as { Size: number }[]).map(({ Size }) => Size),
    [5 * mib, 6 * mib, 100],
  )
  const { Uploads } = await aws.api('list-multipart-uploads', '--bucket', aws.bucket)
  assert.equal((Uploads as unknown[]).length, 1)
  const etags = [first.ETag, (copied.CopyPartResult as { ETag: string }).ETag, second.ETag]
  const list = JSON.stringify({ Parts: etags.map((ETag, index) => ({ ETag, PartNumber: index + 1 })) })
  await aws.api('complete-multipart-upload', ...upload, '--multipart-upload', list)
  await aws.api('get-object', ...object, 'got')
  assert.ok(aws.read('got').equals(Buffer.concat(['first', 'source', 'second'].map((name) => aws.read(name)))))
  const other = await aws.api('create-multipart-upload', ...object)
  await aws.api('abort-multipart-upload', ...object, '--upload-id', String(other.UploadId))
  assert.equal((await aws.api('list-multipart-uploads', '--bucket', aws.bucket)).Uploads, undefined)
}

async function servesBuckets(aws: AwsCli): Promise<void> {
  const bucket = ['--bucket', `${aws.bucket}-api`]
  await aws.api('create-bucket', ...bucket)
  await aws.api('head-bucket', ...bucket)
  assert.deepEqual(await aws.api('get-bucket-location', ...bucket), { LocationConstraint: null })
  const names = ((await aws.api('list-buckets')).Buckets as { Name: string }[]).map(({ Name }) => Name)
  assert.ok(names.includes(`${aws.bucket}-api`))
  await aws.refused(
    /NotImplemented/,
    'put-bucket-versioning',
    ...bucket,
    '--versioning-configuration',
    'Status=Enabled',
  )
  await aws.api('put-bucket-acl', ...bucket, '--acl', 'public-read')
  assert.deepEqual(await permissionsIn(aws.api('get-bucket-acl', ...bucket)), ['FULL_CONTROL', 'READ'])
  await aws.api('delete-bucket', ...bucket)
  await aws.refused(/404/, 'head-bucket', ...bucket)
}

async function permissionsIn(answer: Promise<Record<string, unknown>>): Promise<string[]> {
  return ((await answer).Grants as { Permission: string }[]).map(({ Permission }) => Permission)
}

async function runAll(t: TestContext, program: Program, server: Server): Promise<void> {
  const aws = new AwsCli(program, server)
  await aws.s3('mb', `s3://${aws.bucket}`)
  await t.test('cp: small, large, between buckets, and back', () => copies(aws))
  await t.test('sync, ls, mv, rm: a tree with odd names', () => syncs(aws))
  await t.test('presign: anyone may read with the URL', () => presigns(aws, server))
  await aws.s3('rm', '--recursive', `s3://${aws.bucket}`)
  // How requests are framed differs over TLS, and that is seen above; the operations themselves do not.
  if (transportOf(server) === 'http') {
    await t.test('s3api: buckets', () => servesBuckets(aws))
    await t.test('s3api: objects', () => servesObjects(aws))
    await t.test('s3api: uploads in parts', () => servesUploads(aws))
  }
  await t.test('rb: a bucket with all that is in it', async () => {
    await aws.s3('rb', '--force', `s3://${aws.bucket}`)
    assert.doesNotMatch(await aws.s3('ls'), new RegExp(`${aws.bucket}\\n`))
  })
}

await overHttpAndHttps('aws', ['aws1', 'aws2', 'curl'], async (t, server) => {
  for (const program of ['aws1', 'aws2'] as const) {
    await t.test(versions[program], (t) => runAll(t, program, server))
  }
})
