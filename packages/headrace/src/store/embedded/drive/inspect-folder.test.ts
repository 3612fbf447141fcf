import assert from 'node:assert/strict'
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { SimRandom } from '../../../../sim/sim-random.ts'
import { runtime, temporaryFolder } from '../../../../test/open-store.ts'
import { deviceFileName } from '../format/device-file.ts'
import { fileSystemId, mayAdopt } from './file-system-id.ts'
import { formatDrive, newUuid, UnusableDriveError } from './format-drive.ts'
import { inspectFolder } from './inspect-folder.ts'
import { prepareDrive } from './prepare-drive.ts'

/** A file system of its own. */
const elsewhere = '/dev'
const device = { storeId: 'store', deviceId: 'drive', device: 4, createdMs: 1 }

test('inspectFolder: a drive, once it was formatted', async (t) => {
  const root = join(await temporaryFolder(t), 'a', 'b')
  assert.deepEqual(await inspectFolder(root), { kind: 'blank', exists: false })
  // Nothing was made by looking.
  await assert.rejects(readdir(join(root, '..')), { code: 'ENOENT' })
  await formatDrive(root, device)
  assert.deepEqual(await inspectFolder(root), { kind: 'drive', device })
  assert.deepEqual((await readdir(root)).sort(), [
    'chunks',
    'device.json',
    'index',
    'journal',
    'segments',
    'snapshots',
    'tmp',
  ])
})

test('inspectFolder: blank is what is empty, and what file systems and broken-off formatting leave', async (t) => {
  const root = await temporaryFolder(t)
  assert.deepEqual(await inspectFolder(root), { kind: 'blank', exists: true })
  for (const folder of ['lost+found', 'chunks', 'tmp', 'logs']) await mkdir(join(root, folder))
  await writeFile(join(root, `${deviceFileName}.new`), '')
  await writeFile(join(root, 'logs', 'access.jsonl'), '{}')
  for (const name of ['keys.json', 'keys.json.damaged']) await writeFile(join(root, name), '{}')
  assert.deepEqual(await inspectFolder(root), { kind: 'blank', exists: true })
})

test('inspectFolder: other files are not touched, nor is a drive that has lost its device file', async (t) => {
  const root = await temporaryFolder(t)
  for (const name of ['thesis.tex', 'a', 'b', 'c']) await writeFile(join(root, name), '')
  const contents = await inspectFolder(root)
  assert.equal(contents.kind, 'foreign')
  assert.equal(contents.kind === 'foreign' && contents.names.length, 3)

  const lost = await temporaryFolder(t)
  await formatDrive(lost, device)
  await rm(join(lost, deviceFileName))
  assert.deepEqual(await inspectFolder(lost), { kind: 'blank', exists: true })
  await writeFile(join(lost, 'chunks', 'f'), '')
  assert.deepEqual(await inspectFolder(lost), { kind: 'foreign', names: ['chunks'] })
})

test('inspectFolder: what cannot be used says why', async (t) => {
  const root = await temporaryFolder(t)
  await writeFile(join(root, 'file'), '')
  const why = async (path: string) => {
    const contents = await inspectFolder(join(root, path))
    assert.equal(contents.kind, 'unusable')
    return contents.kind === 'unusable' ? contents.why : ''
  }
  assert.equal(await why('file'), 'it is not a folder.')
  assert.match(await why('file/below'), /ENOTDIR.* Make it writable/)
  await writeFile(join(root, deviceFileName), 'rubbish')
  assert.match(await why(''), /device\.json is not JSON\. Take the drive out of the store/)
})

test('formatDrive: where no folder can be made', async () => {
  await assert.rejects(formatDrive('/proc/none/drive', device), (error: Error) => {
    assert.ok(error instanceof UnusableDriveError)
    assert.match(error.message, /^\/proc\/none\/drive cannot be used as a data folder: E/)
    return true
  })
})

test('prepareDrive: a blank folder becomes a drive, which is the same one the next time', async (t) => {
  const root = join(await temporaryFolder(t), 'new')
  const first = await prepareDrive(root, runtime)
  assert.equal(first.device.device, 0)
  assert.deepEqual((await prepareDrive(root, runtime)).device, first.device)
  await rm(join(root, deviceFileName))
  await writeFile(join(root, 'other'), '')
  await assert.rejects(prepareDrive(root, runtime), /it holds other files \(other, …\) and no store/)
})

test('newUuid: version 4', () => {
  const random = new SimRandom(1)
  const uuids = Array.from({ length: 100 }, () => newUuid(random))
  for (const uuid of uuids) assert.match(uuid, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  assert.equal(new Set(uuids).size, 100)
})

test('fileSystemId: of a folder, of one that is not there yet, and of mount points', async (t) => {
  const root = await temporaryFolder(t)
  const id = await fileSystemId(root)
  assert.equal(await fileSystemId(join(root, 'a', 'b')), id)
  assert.equal(await fileSystemId('/'), `${(await fileSystemId('/etc')).replace('/mount', '')}/mount`)
  assert.match(await fileSystemId(elsewhere), /^\d+\/mount$/)
  assert.equal(await fileSystemId(`${elsewhere}/none`), (await fileSystemId(elsewhere)).replace('/mount', ''))
  assert.notEqual(await fileSystemId(elsewhere), id)
})

test('mayAdopt: on the file system where the drive was, not on another', async (t) => {
  const root = await temporaryFolder(t)
  assert.equal(await mayAdopt(root, await fileSystemId(root)), true)
  assert.equal(await mayAdopt(root, await fileSystemId(elsewhere)), false)
  // It was mounted here, and is not any more.
  assert.equal(await mayAdopt(root, `${await fileSystemId(root)}/mount`), false)
})
