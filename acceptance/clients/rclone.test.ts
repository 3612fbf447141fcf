import assert from 'node:assert/strict'
import { closeSync, ftruncateSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { Server } from '../server.ts'
import { SeededBytes } from '../support/bytes.ts'
import { rclone } from '../support/rclone.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { assertSameTree, makeTree, namesBeyondXml, oddNames } from '../support/tree.ts'
import { overHttpAndHttps, transportOf } from '../transports.ts'

const mib = 1024 * 1024

async function copiesTree(server: Server, bucket: string): Promise<void> {
  const folder = temporaryFolder()
  const tree = join(folder, 'tree')
  makeTree(tree)
  await rclone(server, ['copy', tree, `sut:${bucket}/tree`])
  await rclone(server, ['check', tree, `sut:${bucket}/tree`])
  await rclone(server, ['check', '--download', tree, `sut:${bucket}/tree`])
  await rclone(server, ['copy', `sut:${bucket}/tree`, join(folder, 'back')])
  assertSameTree(join(folder, 'back'), tree)
}

/** Without the option it asks ten times, in a minute, for a listing that it cannot read. */
async function copiesNamesBeyondXml(server: Server, bucket: string): Promise<void> {
  const folder = temporaryFolder()
  const encoded = '--s3-list-url-encode=true'
  makeTree(join(folder, 'tree'), namesBeyondXml)
  await rclone(server, ['copy', encoded, join(folder, 'tree'), `sut:${bucket}/controls`])
  await rclone(server, ['copy', encoded, `sut:${bucket}/controls`, join(folder, 'back')])
  assertSameTree(join(folder, 'back'), join(folder, 'tree'))
  await rclone(server, ['purge', encoded, `sut:${bucket}/controls`])
}

async function syncs(server: Server, bucket: string): Promise<void> {
  const folder = temporaryFolder()
  const tree = join(folder, 'tree')
  makeTree(tree)
  await rclone(server, ['sync', tree, `sut:${bucket}/sync`])
  for (const name of ['plain.txt', '100%', 'emoji 😀/🚀']) rmSync(join(tree, name))
  writeFileSync(join(tree, 'with space.txt'), 'changed')
  writeFileSync(join(tree, 'new'), 'new')
  await rclone(server, ['sync', tree, `sut:${bucket}/sync`])
  const log = join(folder, 'log')
  await rclone(server, ['sync', '--dry-run', '-v', '--log-file', log, tree, `sut:${bucket}/sync`])
  assert.match(readFileSync(log, 'utf8'), /There was nothing to transfer/)
  await rclone(server, ['sync', `sut:${bucket}/sync`, join(folder, 'back')])
  assertSameTree(join(folder, 'back'), tree)
}

async function works(server: Server, bucket: string): Promise<void> {
  const folder = temporaryFolder()
  const file = join(folder, 'file')
  writeFileSync(file, '0123456789'.repeat(10_000))
  await rclone(server, ['copyto', file, `sut:${bucket}/dir/a +b`])
  assert.equal(await rclone(server, ['lsf', `sut:${bucket}/dir`]), 'a +b\n')
  assert.match(await rclone(server, ['size', `sut:${bucket}/dir`]), /100000/)
  assert.equal(await rclone(server, ['cat', '--offset', '17', '--count', '5', `sut:${bucket}/dir/a +b`]), '78901')
  // A copy on the server, and the original deleted.
  await rclone(server, ['moveto', `sut:${bucket}/dir/a +b`, `sut:${bucket}/moved/ü`])
  assert.equal(await rclone(server, ['lsf', '-R', '--files-only', `sut:${bucket}/moved`]), 'ü\n')
  // A change of metadata is a copy onto itself.
  await rclone(server, ['touch', '--timestamp', '2020-01-02T03:04:05', `sut:${bucket}/moved/ü`])
  assert.match(await rclone(server, ['lsl', `sut:${bucket}/moved`]), /100000 2020-01-02 03:04:05/)
  await rclone(server, ['copyto', `sut:${bucket}/moved/ü`, join(folder, 'back')])
  await rclone(server, ['purge', `sut:${bucket}/moved`])
  assert.equal(await rclone(server, ['lsf', `sut:${bucket}/moved`]), '')
}

/** A file of 1 GiB, quick to make: each MiB begins with bytes of its own, and the rest of it is a hole. */
async function copiesLargeFile(server: Server, bucket: string): Promise<void> {
  const folder = join(temporaryFolder(), 'large')
  mkdirSync(folder)
  const content = new SeededBytes('large')
  const file = openSync(join(folder, 'one GiB'), 'w')
  for (let at = 0; at < 1024; at += 1) writeSync(file, content.next(65_536), 0, 65_536, at * mib)
  ftruncateSync(file, 1024 * mib)
  closeSync(file)
  await rclone(server, ['copy', folder, `sut:${bucket}/large`])
  await rclone(server, ['check', '--download', folder, `sut:${bucket}/large`])
}

async function runAll(t: TestContext, server: Server): Promise<void> {
  const bucket = `rclone-${transportOf(server)}`
  await rclone(server, ['mkdir', `sut:${bucket}`])
  await t.test(`copy and check of a tree with ${oddNames.length} odd names`, () => copiesTree(server, bucket))
  await t.test('copy of names with control characters', () => copiesNamesBeyondXml(server, bucket))
  await t.test('sync: what is new, changed and gone', () => syncs(server, bucket))
  await t.test('lsf, cat, moveto, touch, purge', () => works(server, bucket))
  if (transportOf(server) === 'http') {
    await t.test('a file of 1 GiB, read back byte for byte', () => copiesLargeFile(server, bucket))
  }
  await rclone(server, ['purge', `sut:${bucket}`])
  assert.doesNotMatch(await rclone(server, ['lsd', 'sut:']), new RegExp(`${bucket}\\n`))
}

await overHttpAndHttps('rclone', ['rclone'], runAll)
