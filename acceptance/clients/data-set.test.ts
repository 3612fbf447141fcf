import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { needs, programs } from '../needs.ts'
import { useServer } from '../server.ts'
import { makeDataSet } from '../support/data-set.ts'
import { clientEnvironment } from '../support/endpoint.ts'
import { run } from '../support/program.ts'
import { rclone } from '../support/rclone.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const readBack = fileURLToPath(new URL('boto3/read_back.py', import.meta.url))
const bucket = 'data-set'
const readers = 4
const options = { ...needs('rclone', 'python'), timeout: 400_000 }

test('a data set of 10,000 files and 2 GiB goes in by rclone and comes back by boto3', options, async (t) => {
  const server = await useServer()
  const folder = join(temporaryFolder(), 'set')
  const size = makeDataSet(folder, 'data set')
  assert.ok(size.files >= 10_000 && size.bytes >= 2 * 1024 ** 3, JSON.stringify(size))
  await rclone(server, ['mkdir', `sut:${bucket}`])
  await timed(t, `rclone copies ${size.files} files in, ${size.bytes} bytes`, async () => {
    await rclone(server, ['copy', folder, `sut:${bucket}`, '--transfers', '16', '--checkers', '16'])
  })
  await timed(t, 'rclone checks sizes and MD5', async () => {
    await rclone(server, ['check', folder, `sut:${bucket}`, '--checkers', '16'])
  })
  await timed(t, `boto3 reads them back in ${readers} processes`, async () => {
    const env = clientEnvironment(server)
    const printed = await run(programs.python, ['-B', readBack, server.url, bucket, folder, `${readers}`], { env })
    assert.deepEqual(JSON.parse(printed), { objects: size.files, bytes: size.bytes })
  })
})

async function timed(t: TestContext, what: string, work: () => Promise<void>): Promise<void> {
  const beganMs = performance.now()
  await work()
  t.diagnostic(`${what}: ${((performance.now() - beganMs) / 1000).toFixed(1)} s`)
}
