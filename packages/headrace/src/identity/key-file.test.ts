import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../test/open-store.ts'
import { systemRandom } from '../core/runtime.ts'
import { keyFileStamp, newAccessKeyId, newSecretKey, readKeyFile, writeKeyFile } from './key-file.ts'

const keys = [
  { accessKeyId: 'HRALICE', secretKey: 'secret of alice', owner: 'alice' },
  { accessKeyId: 'HRBOB', secretKey: 'secret of bob', owner: 'bob' },
]

test('writeKeyFile: is read back as it was, and only its user may read it', async (t) => {
  const folder = await temporaryFolder(t)
  const path = join(folder, 'keys.json')
  assert.equal(readKeyFile(path), undefined)
  assert.equal(keyFileStamp(path), 0)
  writeKeyFile(path, { keys })
  assert.deepEqual(readKeyFile(path), { keys })
  assert.equal(statSync(path).mode & 0o777, 0o600)
  assert.notEqual(keyFileStamp(path), 0)
  writeKeyFile(path, { keys: [] })
  assert.deepEqual(readKeyFile(path), { keys: [] })
  assert.deepEqual(readdirSync(folder), ['keys.json'], 'no temporary file is left')
})

test('readKeyFile: what is no key file is refused with its name and a remedy', async (t) => {
  const path = join(await temporaryFolder(t), 'keys.json')
  const broken = [
    '',
    '{',
    '[]',
    'null',
    '{"keys":[]}',
    '{"formatVersion":2,"keys":[]}',
    '{"formatVersion":1,"keys":{}}',
    '{"formatVersion":1,"keys":[null]}',
    '{"formatVersion":1,"keys":[{"accessKeyId":"A","owner":"x"}]}',
    '{"formatVersion":1,"keys":[{"accessKeyId":"A","secretKey":7,"owner":"x"}]}',
  ]
  for (const text of broken) {
    writeFileSync(path, text)
    assert.throws(
      () => readKeyFile(path),
      (error: Error) => {
        assert.ok(error.message.startsWith(`${path} cannot be read: `), error.message)
        assert.match(error.message, /Mend it, or move it away to make new keys\.$/)
        return true
      },
      text,
    )
  }
})

test('readKeyFile: what it says of a broken file holds nothing of a secret', async (t) => {
  const path = join(await temporaryFolder(t), 'keys.json')
  writeFileSync(
    path,
    '{"formatVersion":1,"keys":[{"accessKeyId":"HRALICE","secretKey":wJalrXUtnFEMI,"owner":"alice"}]}',
  )
  assert.throws(
    () => readKeyFile(path),
    ({ message }: Error) => !message.includes('wJalr') && /not valid JSON/.test(message),
  )
})

test("readKeyFile: a file that the system does not give is the system's error", async (t) => {
  const path = join(await temporaryFolder(t), 'keys.json')
  mkdirSync(path)
  assert.throws(() => readKeyFile(path), { code: 'EISDIR' })
})

test('newAccessKeyId, newSecretKey: look as people know them, and never twice the same', () => {
  const ids = new Set(Array.from({ length: 100 }, () => newAccessKeyId(systemRandom)))
  const secrets = new Set(Array.from({ length: 100 }, () => newSecretKey(systemRandom)))
  assert.equal(ids.size, 100)
  assert.equal(secrets.size, 100)
  for (const id of ids) assert.match(id, /^HR[A-Z2-7]{18}$/)
  for (const secret of secrets) assert.match(secret, /^[\w-]{40}$/)
})
