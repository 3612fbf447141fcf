import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { temporaryFolder } from '../../../test/open-store.ts'
import { runCeph } from './run-ceph.ts'

/** Puts a program named ceph, with these lines of shell, in the place of Ceph's own. */
async function useProgram(t: TestContext, lines: string | undefined): Promise<string> {
  const folder = await temporaryFolder(t)
  const before = process.env.PATH
  t.after(() => {
    process.env.PATH = before
  })
  process.env.PATH = folder
  if (lines !== undefined) writeFileSync(join(folder, 'ceph'), `#!/bin/sh\n${lines}\n`, { mode: 0o755 })
  return folder
}

test('runCeph: asks as the client that the options name', async (t) => {
  await useProgram(t, 'echo "$@"')
  const ask = runCeph({ conf: '/c', keyring: '/k', name: 'client.reader' })
  const expected = '--conf /c --keyring /k --name client.reader --connect-timeout 10 osd dump\n'
  assert.equal((await ask(['osd', 'dump'])).toString(), expected)
  assert.equal((await runCeph({})(['status'])).toString(), '--connect-timeout 10 status\n')
})

test('runCeph: a command that came too early is sent again', async (t) => {
  const folder = await useProgram(t, '')
  writeFileSync(
    join(folder, 'ceph'),
    `#!/bin/sh\n[ -e ${folder}/asked ] && echo yes && exit\n: >${folder}/asked\necho 'wrong fsid' >&2\nexit 1\n`,
  )
  assert.equal((await runCeph({})(['status'])).toString(), 'yes\n')
})

test('runCeph: failures say what Ceph said, and what to do', async (t) => {
  await useProgram(t, 'echo "RADOS timed out" >&2; exit 1')
  await assert.rejects(runCeph({})(['status']), /cannot be asked: RADOS timed out\. .*--conf.*--keyring/)
  await useProgram(t, undefined)
  await assert.rejects(runCeph({})(['status']), /`ceph` .* is not here: install it \(Debian: ceph-common\)/)
})
