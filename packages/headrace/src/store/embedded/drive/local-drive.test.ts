import assert from 'node:assert/strict'
import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../../../test/open-store.ts'
import { openKnownDrive, openLocalDrive } from './local-drive.ts'
import { writeFileDurably } from './write-file.ts'

test('rename: makes the folders below the first, which a drive that is not mounted lacks', async (t) => {
  const root = await temporaryFolder(t)
  const drive = openLocalDrive(root)
  await writeFileDurably(drive, 'f', Buffer.from('bytes'))
  await assert.rejects(drive.rename('f', 'chunks/0a/0b/f'), { code: 'ENOENT' })
  assert.deepEqual(await readdir(root), ['f'])

  await mkdir(join(root, 'chunks'))
  await drive.rename('f', 'chunks/0a/0b/f')
  assert.deepEqual(await drive.list('chunks/0a/0b'), ['f'])
  await writeFileDurably(drive, 'g', Buffer.from('bytes'))
  await drive.rename('g', 'chunks/0a/0c/g')
  assert.deepEqual(await drive.list('chunks/0a'), ['0b', '0c'])
})

test('openKnownDrive: nothing is written into an empty folder, which may be a drive that is not mounted', async (t) => {
  const root = await temporaryFolder(t)
  const drive = openKnownDrive(root)
  await assert.rejects(writeFileDurably(drive, 'map.json', Buffer.from('{}')), { code: 'ENOENT' })
  await assert.rejects(drive.makeFolder('journal'), { code: 'ENOENT' })
  assert.deepEqual(await readdir(root), [])
  await writeFileDurably(openLocalDrive(root), 'device.json', Buffer.from('{}'))
  await writeFileDurably(drive, 'map.json', Buffer.from('{}'))
  assert.deepEqual((await readdir(root)).sort(), ['device.json', 'map.json'])
})
