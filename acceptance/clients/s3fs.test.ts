import assert from 'node:assert/strict'
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { needs, programs } from '../needs.ts'
import { type Server, useServer } from '../server.ts'
import { seededBytes } from '../support/bytes.ts'
import { run } from '../support/program.ts'
import { createBucket, getObject } from '../support/requests.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const options = needs('s3fs', 'fuse')
const mib = 1024 * 1024

/** Mounts a bucket and returns the folder; it is unmounted with the test. */
async function mount(t: TestContext, server: Server, bucket: string): Promise<string> {
  const folder = temporaryFolder()
  const passwords = join(folder, 'passwords')
  writeFileSync(passwords, `${server.accessKeyId}:${server.secretKey}\n`, { mode: 0o600 })
  const at = join(folder, 'mounted')
  mkdirSync(at)
  const settings = [`url=${server.url}`, 'use_path_request_style', `passwd_file=${passwords}`, 'endpoint=us-east-1']
  await run(programs.s3fs, [bucket, at, ...settings.flatMap((setting) => ['-o', setting])])
  t.after(() => run('fusermount', ['-u', at]))
  return at
}

test('s3fs: a mounted bucket is a file system', options, async (t) => {
  const server = await useServer()
  const bucket = 's3fs-mount'
  await createBucket(server, bucket)
  const at = await mount(t, server, bucket)
  const small = seededBytes('small', 100_000)
  const large = seededBytes('large', 30 * mib)
  mkdirSync(join(at, 'dir'))
  writeFileSync(join(at, 'dir/small +ü'), small)
  writeFileSync(join(at, 'large'), large)
  assert.ok(readFileSync(join(at, 'dir/small +ü')).equals(small))
  assert.ok(readFileSync(join(at, 'large')).equals(large))
  assert.ok((await getObject(server, bucket, 'dir/small +ü')).body.equals(small))
  assert.deepEqual(readdirSync(at).sort(), ['dir', 'large'])

  appendFileSync(join(at, 'dir/small +ü'), 'appended')
  assert.ok(readFileSync(join(at, 'dir/small +ü')).equals(Buffer.concat([small, Buffer.from('appended')])))
  truncateSync(join(at, 'large'), 21 * mib)
  renameSync(join(at, 'large'), join(at, 'dir/renamed'))
  assert.ok((await getObject(server, bucket, 'dir/renamed')).body.equals(large.subarray(0, 21 * mib)))
  chmodSync(join(at, 'dir/renamed'), 0o640)
  assert.equal(statSync(join(at, 'dir/renamed')).mode & 0o777, 0o640)
  renameSync(join(at, 'dir'), join(at, 'other dir'))
  assert.deepEqual(readdirSync(join(at, 'other dir')).sort(), ['renamed', 'small +ü'])
  rmSync(join(at, 'other dir'), { recursive: true })
  assert.deepEqual(readdirSync(at), [])
})
