import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { programs } from '../needs.ts'
import type { Server } from '../server.ts'
import { seededBytes } from '../support/bytes.ts'
import { attempt, run } from '../support/program.ts'
import { exchange, pathOf } from '../support/requests.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { assertSameTree, makeTree } from '../support/tree.ts'
import { overHttpAndHttps, transportOf } from '../transports.ts'

const mib = 1024 * 1024

class S3cmd {
  readonly folder = temporaryFolder()
  readonly bucket: string
  readonly #settings: string[]

  constructor(server: Server) {
    const { host, port, accessKeyId, secretKey, certificate } = server
    this.bucket = `s3cmd-${transportOf(server)}`
    const config = join(this.folder, 'config')
    writeFileSync(config, `[default]\naccess_key = ${accessKeyId}\nsecret_key = ${secretKey}\n`)
    const where = [`--host=${host}:${port}`, `--host-bucket=${host}:${port}`, '--region=us-east-1']
    const transport = certificate === undefined ? ['--no-ssl'] : ['--ssl', `--ca-certs=${certificate}`]
    this.#settings = ['--config', config, ...where, ...transport, '--no-progress']
  }

  async run(...args: string[]): Promise<string> {
    return await run(programs.s3cmd, [...this.#settings, ...args], { cwd: this.folder })
  }

  async refused(code: RegExp, ...args: string[]): Promise<void> {
    const { code: exit, stderr } = await attempt(programs.s3cmd, [...this.#settings, ...args], { cwd: this.folder })
    assert.notEqual(exit, 0)
    assert.match(stderr, code)
  }

  write(name: string, content: string | Uint8Array): void {
    writeFileSync(join(this.folder, name), content)
  }

  read(name: string): Buffer {
    return readFileSync(join(this.folder, name))
  }
}

async function putsAndGets(s3cmd: S3cmd): Promise<void> {
  const { bucket } = s3cmd
  const content = seededBytes('small', 50_000)
  s3cmd.write('small', content)
  await s3cmd.run(
    'put',
    'small',
    `s3://${bucket}/dir/a b+ü`,
    '--mime-type=text/x-sample',
    '--add-header=x-amz-meta-m:1',
  )
  await s3cmd.run('get', `s3://${bucket}/dir/a b+ü`, 'back')
  assert.ok(s3cmd.read('back').equals(content))
  const info = await s3cmd.run('info', `s3://${bucket}/dir/a b+ü`)
  assert.match(info, /File size: 50000/)
  assert.match(info, /MIME type: text\/x-sample/)
  assert.match(await s3cmd.run('info', `s3://${bucket}`), /Location:\s+us-east-1/)
  await s3cmd.run('cp', `s3://${bucket}/dir/a b+ü`, `s3://${bucket}/copy`)
  await s3cmd.run('mv', `s3://${bucket}/copy`, `s3://${bucket}/moved`)
  assert.match(await s3cmd.run('ls', `s3://${bucket}/`), /DIR .*\/dir\/\n.*50000 .*\/moved\n/s)
  await s3cmd.run('modify', '--add-header=cache-control:no-store', `s3://${bucket}/moved`)
  assert.match(await s3cmd.run('du', `s3://${bucket}`), /^\s*100000\s+2 objects/)
  await s3cmd.run('del', `s3://${bucket}/moved`)
  assert.doesNotMatch(await s3cmd.run('la'), /moved/)
}

async function putsInParts(s3cmd: S3cmd): Promise<void> {
  const { bucket } = s3cmd
  const content = seededBytes('large', 33 * mib + 5)
  s3cmd.write('large', content)
  await s3cmd.run('put', '--multipart-chunk-size-mb=10', 'large', `s3://${bucket}/large`)
  await s3cmd.run('get', `s3://${bucket}/large`, 'large back')
  assert.ok(s3cmd.read('large back').equals(content))
  assert.doesNotMatch(await s3cmd.run('multipart', `s3://${bucket}`), /large/)
  // A download goes on where it was broken off.
  s3cmd.write('large back', content.subarray(0, 10 * mib))
  await s3cmd.run('get', '--continue', `s3://${bucket}/large`, 'large back')
  assert.ok(s3cmd.read('large back').equals(content))
}

async function syncs(s3cmd: S3cmd): Promise<void> {
  const { bucket, folder } = s3cmd
  // What this version cannot send, or reads from its terminal, is left out.
  const names = ['plain.txt', 'with space.txt', 'a+b=c&d', '100%', "quote'", 'ü/日本語', 'deep/er/file', 'empty']
  makeTree(join(folder, 'tree'), names)
  await s3cmd.run('sync', 'tree/', `s3://${bucket}/tree/`)
  mkdirSync(join(folder, 'tree back'))
  await s3cmd.run('sync', `s3://${bucket}/tree/`, 'tree back/')
  assertSameTree(join(folder, 'tree back'), join(folder, 'tree'))
  assert.doesNotMatch(await s3cmd.run('sync', 'tree/', `s3://${bucket}/tree/`), /upload:/)
  rmSync(join(folder, 'tree/100%'))
  await s3cmd.run('sync', '--delete-removed', 'tree/', `s3://${bucket}/tree/`)
  assert.doesNotMatch(await s3cmd.run('ls', '--recursive', `s3://${bucket}/tree/`), /100%/)
}

/** Who may read is what the list says; a list that names somebody else is refused, not kept without effect. */
async function setsAcls(s3cmd: S3cmd, server: Server): Promise<void> {
  const { bucket } = s3cmd
  s3cmd.write('small', 'for all')
  await s3cmd.run('put', 'small', `s3://${bucket}/shared`)
  const readByAnybody = async () => {
    const asked = [`GET ${pathOf(bucket, 'shared')} HTTP/1.1\r\nhost: ${server.host}\r\n\r\n`]
    const { status, body } = await exchange(server, asked)
    return status === 200 ? body.toString() : status
  }
  assert.equal(await readByAnybody(), 403)
  await s3cmd.run('setacl', '--acl-public', `s3://${bucket}/shared`)
  assert.equal(await readByAnybody(), 'for all')
  assert.match(await s3cmd.run('info', `s3://${bucket}/shared`), /ACL:\s+\*anon\*: READ/)
  await s3cmd.run('setacl', '--acl-private', `s3://${bucket}/shared`)
  assert.equal(await readByAnybody(), 403)
  await s3cmd.refused(/AccessControlListNotSupported/, 'setacl', '--acl-grant=read:somebody', `s3://${bucket}/shared`)
  await s3cmd.refused(/NotImplemented/, 'setpolicy', 'small', `s3://${bucket}`)
}

async function runAll(t: TestContext, server: Server): Promise<void> {
  const s3cmd = new S3cmd(server)
  await s3cmd.run('mb', `s3://${s3cmd.bucket}`)
  await t.test('put, get, info, cp, mv, modify, ls, du, del', () => putsAndGets(s3cmd))
  await t.test('put and get of a file in parts', () => putsInParts(s3cmd))
  await t.test('sync in both directions', () => syncs(s3cmd))
  await t.test('setacl opens and closes an object; what has no effect is refused', () => setsAcls(s3cmd, server))
  await s3cmd.run('rb', '--recursive', '--force', `s3://${s3cmd.bucket}`)
  assert.doesNotMatch(await s3cmd.run('ls'), new RegExp(`${s3cmd.bucket}\\n`))
}

await overHttpAndHttps('s3cmd', ['s3cmd'], runAll)
