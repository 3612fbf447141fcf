import assert from 'node:assert/strict'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { temporaryFolder } from '../../test/open-store.ts'
import { readKeyFile } from '../identity/key-file.ts'
import { ownerNamed } from '../identity/owner.ts'
import { encodeDeviceFile } from '../store/embedded/format/device-file.ts'
import { keyCommand } from './key.ts'

/** `headrace key …` on a new data folder, and on more. */
async function keyTool(t: TestContext, ...more: string[]) {
  const data = await temporaryFolder(t)
  const printed: string[] = []
  t.mock.method(console, 'log', (line: string) => printed.push(line))
  const said: string[] = []
  t.mock.method(console, 'error', (line: string) => said.push(line))
  return {
    data,
    /** What went to standard error. */
    said,
    keys: () => readKeyFile(join(data, 'keys.json'))?.keys ?? [],
    mode: () => statSync(join(data, 'keys.json')).mode & 0o777,
    async run(...args: string[]) {
      printed.length = 0
      const command = keyCommand().exitOverride()
      for (const sub of command.commands) sub.exitOverride().configureOutput({ writeErr() {} })
      await command.parseAsync([...args, '--data', data, ...more], { from: 'user' })
      return printed.join('\n')
    },
  }
}

test('key add: makes a pair, prints it once, and keeps it for its user only', async (t) => {
  const { run, keys, mode } = await keyTool(t)
  const text = await run('add', '--owner', 'alice')
  const [key] = keys()
  assert.equal(key?.owner, 'alice')
  for (const shown of [key?.accessKeyId, key?.secretKey, ownerNamed('alice').id])
    assert.ok(text.includes(String(shown)))
  assert.equal(mode(), 0o600)
})

test('key add: takes the pair that is given, and prints JSON', async (t) => {
  const { run, keys } = await keyTool(t)
  const given = { accessKeyId: 'MYKEY', secretKey: 'my secret key', owner: 'bob' }
  const text = await run('add', '--owner', 'bob', '--access-key', 'MYKEY', '--secret-key', 'my secret key', '--json')
  assert.deepEqual(JSON.parse(text), { ...given, ownerId: ownerNamed('bob').id })
  assert.deepEqual(keys(), [given])
  await assert.rejects(run('add', '--owner', 'alice', '--access-key', 'MYKEY'), /exists already; it belongs to bob/)
})

test('key add: what cannot be a name, an id or a secret is refused, and says what can', async (t) => {
  const { run, keys } = await keyTool(t)
  await assert.rejects(run('add', '--owner', 'a b'), /1 to 64 letters, digits/)
  await assert.rejects(run('add', '--owner', ''), /1 to 64 letters, digits/)
  await assert.rejects(run('add', '--owner', 'a', '--access-key', 'x/y'), /3 to 128 letters/)
  await assert.rejects(run('add', '--owner', 'a', '--secret-key', 'short'), /at least 8 characters/)
  await assert.rejects(run('add'), /--owner/)
  assert.deepEqual(keys(), [])
})

test('key list: shows keys and owners, never a secret', async (t) => {
  const { run, keys } = await keyTool(t)
  assert.match(await run('list'), /has no access keys yet/)
  for (const owner of ['alice', 'bob']) await run('add', '--owner', owner)
  const [alice, bob] = keys()
  const text = await run('list')
  assert.match(text, /^ACCESS KEY +OWNER\n/)
  for (const key of [alice, bob]) assert.match(text, new RegExp(`^${key?.accessKeyId} +${key?.owner}$`, 'm'))
  const json = await run('list', '--json')
  assert.deepEqual(JSON.parse(json)[1], { accessKeyId: bob?.accessKeyId, owner: 'bob', ownerId: ownerNamed('bob').id })
  for (const key of [alice, bob]) assert.ok(!(text + json).includes(String(key?.secretKey)))
})

test('key remove: takes one key away, and says when there is none', async (t) => {
  const { run, keys } = await keyTool(t)
  for (const owner of ['alice', 'bob']) await run('add', '--owner', owner)
  const [alice, bob] = keys()
  await run('remove', String(alice?.accessKeyId))
  assert.deepEqual(keys(), [bob])
  await assert.rejects(run('remove', String(alice?.accessKeyId)), /There is no access key HR/)
})

/** Makes a folder a drive of that store. */
function makeDrive(root: string, storeId: string) {
  writeFileSync(join(root, 'device.json'), encodeDeviceFile({ storeId, deviceId: root, device: 0, createdMs: 0 }))
}

test('key add, key remove: keep the keys on all drives of the store', async (t) => {
  const second = await temporaryFolder(t)
  const { run, data, keys, said } = await keyTool(t, second)
  await run('add', '--owner', 'alice')
  const copies = () => [data, second].map((root) => readFileSync(join(root, 'keys.json'), 'utf8'))
  assert.equal(copies()[0], copies()[1])
  for (const root of [data, second]) makeDrive(root, 'store')
  await run('remove', String(keys()[0]?.accessKeyId))
  assert.deepEqual(keys(), [])
  assert.equal(copies()[0], copies()[1])
  assert.deepEqual(said, [])
})

test('key add: a copy that was damaged is made anew, and said', async (t) => {
  const second = await temporaryFolder(t)
  const { run, keys, said } = await keyTool(t, second)
  await run('add', '--owner', 'alice')
  writeFileSync(join(second, 'keys.json'), '{')
  await run('add', '--owner', 'bob')
  assert.deepEqual(readKeyFile(join(second, 'keys.json'))?.keys, keys())
  assert.equal(said.length, 1)
  assert.match(String(said), /keys\.json was damaged, and is made anew/)
})

test('key add: secrets go on no folder where a drive is missing', async (t) => {
  const second = await temporaryFolder(t)
  const { run, data, said } = await keyTool(t, second)
  makeDrive(data, 'store')
  await run('add', '--owner', 'alice')
  assert.equal(existsSync(join(second, 'keys.json')), false)
  assert.deepEqual(said, [`headrace: ${second} is passed over: it is no drive of the store now. Is it mounted?`])
})

test('key list: folders of different stores, or one whose drive cannot be known, are refused', async (t) => {
  const second = await temporaryFolder(t)
  const { run, data } = await keyTool(t, second)
  makeDrive(data, 'one')
  makeDrive(second, 'two')
  await assert.rejects(run('list'), /it is a drive of store two, and .* one of one/)
  for (const root of [data, second]) writeFileSync(join(root, 'device.json'), '{')
  await assert.rejects(run('list'), /device\.json is not JSON/)
})

test('key: those of a server in front of upstreams are in its state folder', async (t) => {
  const { data, run, keys } = await keyTool(t)
  writeFileSync(join(data, 'upstream-ledger.json'), '{}')
  await run('add', '--owner', 'alice', '--state', data)
  assert.deepEqual(
    keys().map(({ owner }) => owner),
    ['alice'],
  )
  assert.match(await run('list', '--state', data), / alice$/)
  await assert.rejects(run('list', '--state', join(data, 'typo')), /There is no folder .*typo/)
})
