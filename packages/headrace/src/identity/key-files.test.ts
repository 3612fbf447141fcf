import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Test, temporaryFolder } from '../../test/open-store.ts'
import { type AccessKey, DamagedKeyFileError, readKeyFile, writeKeyFile } from './key-file.ts'
import { KeyFiles } from './key-files.ts'

const alice = { accessKeyId: 'HRALICE', secretKey: 'secret of alice', owner: 'alice' }
const bob = { accessKeyId: 'HRBOB', secretKey: 'secret of bob', owner: 'bob' }
const same = (keys: readonly AccessKey[]) => keys
const add = (key: AccessKey) => (keys: readonly AccessKey[]) => [...keys, key]

/** Three drives, and where their copies are. */
async function threeDrives(t: Test) {
  const roots = [await temporaryFolder(t), await temporaryFolder(t), await temporaryFolder(t)]
  const paths = roots.map((root) => join(root, 'keys.json')) as [string, string, string]
  return { roots, paths, files: new KeyFiles(roots), copies: () => paths.map((path) => readKeyFile(path)) }
}

/** A folder in the place of a file: nothing can be read or written there, whoever the user is. */
function block(path: string) {
  rmSync(path, { force: true })
  mkdirSync(path)
}

test('KeyFiles: a change is on every drive, for its user only, as the next revision', async (t) => {
  const { files, paths, copies } = await threeDrives(t)
  assert.equal(files.read(), undefined)
  assert.deepEqual(files.change(same), [])
  assert.equal(files.read(), undefined, 'nothing is kept of nothing')
  assert.deepEqual(files.change(add(alice)), [])
  assert.deepEqual(files.change(add(bob)), [])
  const file = { revision: 2, keys: [alice, bob] }
  assert.deepEqual(copies(), [file, file, file])
  for (const path of paths) assert.equal(statSync(path).mode & 0o777, 0o600)
})

test('KeyFiles: the newest copy counts, wherever it is', async (t) => {
  for (let at = 0; at < 3; at += 1) {
    const { files, paths } = await threeDrives(t)
    files.change(add(alice))
    writeKeyFile(paths[at] as string, { revision: 2, keys: [bob] })
    assert.deepEqual(files.read()?.keys, [bob])
  }
})

test('KeyFiles: of two copies with one revision, the one written last counts', async (t) => {
  const { files, paths, copies } = await threeDrives(t)
  for (const [position, key] of [alice, bob, alice].entries()) {
    const path = paths[position] as string
    writeKeyFile(path, { revision: 4, keys: [key] })
    utimesSync(path, 0, key === bob ? 2 : 1)
  }
  assert.deepEqual(files.read()?.keys, [bob])
  assert.deepEqual(files.change(same), [])
  assert.deepEqual(
    copies().map((copy) => copy?.keys),
    [[bob], [bob], [bob]],
  )
})

test('KeyFiles: copies that are older or missing are brought up to date, the others left alone', async (t) => {
  const { files, paths, copies } = await threeDrives(t)
  writeFileSync(paths[0], JSON.stringify({ formatVersion: 1, keys: [alice] }))
  const version1 = readFileSync(paths[0], 'utf8')
  assert.deepEqual(files.change(same), [])
  const file = { revision: 0, keys: [alice] }
  assert.deepEqual(copies(), [file, file, file])
  assert.equal(readFileSync(paths[0], 'utf8'), version1)
})

test('KeyFiles: a damaged copy is passed over, told, kept aside and made anew', async (t) => {
  const { files, paths, copies } = await threeDrives(t)
  files.change(add(alice))
  writeFileSync(paths[1], 'not a key file')
  assert.deepEqual(files.read()?.keys, [alice])
  const [trouble, ...others] = files.change(same)
  assert.ok(trouble?.isMended && trouble.error instanceof DamagedKeyFileError)
  assert.equal(trouble.path, paths[1])
  assert.deepEqual(others, [])
  assert.deepEqual(copies()[1], { revision: 1, keys: [alice] })
  assert.equal(readFileSync(`${paths[1]}.damaged`, 'utf8'), 'not a key file')
  assert.deepEqual(files.change(same), [])
})

test('KeyFiles: when no copy can be read, the first says why, and nothing is written over them', async (t) => {
  const { files, paths } = await threeDrives(t)
  for (const path of [paths[1], paths[2]]) writeFileSync(path, 'not a key file')
  const refuse = ({ message }: Error) => message.startsWith(`${paths[1]} cannot be read: it is not valid JSON.`)
  assert.throws(() => files.read(), refuse)
  assert.throws(() => files.change(add(alice)), refuse)
  assert.equal(existsSync(paths[0]), false)
})

test('KeyFiles: a drive that cannot be written is told, and the change is on the others', async (t) => {
  const { files, paths, roots } = await threeDrives(t)
  files.change(add(alice))
  block(paths[0])
  const [trouble, ...others] = files.change(add(bob))
  assert.equal(trouble?.path, paths[0])
  assert.equal(trouble?.isMended, false)
  assert.deepEqual(others, [])
  assert.deepEqual(files.read(), { revision: 2, keys: [alice, bob] })
  rmSync(roots[1] as string, { recursive: true })
  assert.equal(files.change(() => [bob]).length, 2)
  assert.equal(existsSync(roots[1] as string), false, 'a folder that is gone is not made')
  assert.deepEqual(readKeyFile(paths[2]), { revision: 3, keys: [bob] })
})

test('KeyFiles: a change that could not be written anywhere fails', async (t) => {
  const { files, roots } = await threeDrives(t)
  for (const root of roots) rmSync(root, { recursive: true })
  assert.throws(() => files.change(add(alice)), /could not be written to any drive: ENOENT/)
})

test('KeyFiles: any drive but one may be lost', async (t) => {
  for (let left = 0; left < 3; left += 1) {
    const { files, paths } = await threeDrives(t)
    files.change(add(alice))
    for (const [position, path] of paths.entries()) if (position !== left) rmSync(path)
    assert.deepEqual(files.read()?.keys, [alice])
  }
})

test('KeyFiles: the stamp changes with every copy, and a copy that cannot be looked at does not fail it', async (t) => {
  const { files, paths, roots } = await threeDrives(t)
  const stamps = new Set([files.stamp()])
  files.change(add(alice))
  for (const [position, path] of paths.entries()) {
    utimesSync(path, 0, position + 1)
    stamps.add(files.stamp())
  }
  rmSync(paths[2])
  stamps.add(files.stamp())
  rmSync(roots[1] as string, { recursive: true })
  writeFileSync(roots[1] as string, 'no folder')
  stamps.add(files.stamp())
  assert.equal(stamps.size, 6)
})
