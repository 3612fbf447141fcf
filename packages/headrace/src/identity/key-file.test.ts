import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../test/open-store.ts'
import { DamagedKeyFileError, keyFileStamp, readKeyFile, writeKeyFile } from './key-file.ts'

const keys = [
  { accessKeyId: 'HRALICE', secretKey: 'secret of alice', owner: 'alice' },
  { accessKeyId: 'HRBOB', secretKey: 'secret of bob', owner: 'bob' },
]

test('writeKeyFile: is read back as it was, and only its user may read it', async (t) => {
  const folder = await temporaryFolder(t)
  const path = join(folder, 'keys.json')
  assert.equal(readKeyFile(path), undefined)
  assert.equal(keyFileStamp(path), 0)
  writeKeyFile(path, { revision: 7, keys })
  assert.deepEqual(readKeyFile(path), { revision: 7, keys })
  assert.equal(statSync(path).mode & 0o777, 0o600)
  assert.notEqual(keyFileStamp(path), 0)
  writeKeyFile(path, { revision: 8, keys: [] })
  assert.deepEqual(readKeyFile(path), { revision: 8, keys: [] })
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
    '{"formatVersion":2,"revision":1.5,"keys":[]}',
    '{"formatVersion":2,"revision":1,"checksum":"00000000","keys":[]}',
    '{"formatVersion":3,"revision":1,"keys":[]}',
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
        assert.ok(error instanceof DamagedKeyFileError)
        assert.ok(error.message.startsWith(`${path} cannot be read: `), error.message)
        assert.match(error.message, /Mend it, or move it away to make new keys\.$/)
        return true
      },
      text,
    )
  }
})

test('readKeyFile: a file of version 1 is the oldest revision', async (t) => {
  const path = join(await temporaryFolder(t), 'keys.json')
  writeFileSync(path, '{"formatVersion":1,"keys":[{"accessKeyId":"HRALICE","secretKey":"s","owner":"alice"}]}')
  const key = { accessKeyId: 'HRALICE', secretKey: 's', owner: 'alice' }
  assert.deepEqual(readKeyFile(path), { revision: 0, keys: [key] })
})

test('writeKeyFile: writes format version 2 as it was recorded', async (t) => {
  const path = join(await temporaryFolder(t), 'keys.json')
  writeKeyFile(path, { revision: 3, keys: [{ accessKeyId: 'HRALICE', secretKey: 's', owner: 'alice' }] })
  const golden = `{
  "formatVersion": 2,
  "revision": 3,
  "checksum": "76428678",
  "keys": [
    {
      "accessKeyId": "HRALICE",
      "secretKey": "s",
      "owner": "alice"
    }
  ]
}
`
  assert.equal(readFileSync(path, 'utf8'), golden)
})

test('readKeyFile: a changed character is noticed; a change by hand leaves the checksum out', async (t) => {
  const path = join(await temporaryFolder(t), 'keys.json')
  writeKeyFile(path, { revision: 3, keys })
  const text = readFileSync(path, 'utf8')
  for (const [before, after] of [
    ['secret of alice', 'secret of alicf'],
    ['"revision": 3', '"revision": 7'],
  ] as const) {
    writeFileSync(path, text.replace(before, after))
    assert.throws(() => readKeyFile(path), /its checksum is wrong/)
  }
  writeFileSync(path, text.replace('secret of alice', 'mine').replace(/ *"checksum".*\n/, ''))
  assert.equal(readKeyFile(path)?.keys[0]?.secretKey, 'mine')
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
