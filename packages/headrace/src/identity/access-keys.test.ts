import assert from 'node:assert/strict'
import { rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { SimClock } from '../../sim/sim-clock.ts'
import { type Test, temporaryFolder } from '../../test/open-store.ts'
import { recordEvents } from '../../test/support/events.ts'
import { systemRandom } from '../core/runtime.ts'
import { AccessKeys, rootKeyAmong, withRootKey } from './access-keys.ts'
import { writeKeyFile } from './key-file.ts'
import { KeyFiles } from './key-files.ts'
import { ownerNamed } from './owner.ts'

const alice = { accessKeyId: 'HRALICE', secretKey: 'secret of alice', owner: 'alice' }
const bob = { accessKeyId: 'HRBOB', secretKey: 'secret of bob', owner: 'bob' }
const root = { accessKeyId: 'ROOT', secretKey: 'secret of root' }

/** Two drives with key files, and the keys as a process of the server knows them. Every change gets another time. */
async function keyFiles(t: Test) {
  const roots = [await temporaryFolder(t), await temporaryFolder(t)]
  const paths = roots.map((root) => join(root, 'keys.json'))
  const files = new KeyFiles(roots)
  const clock = new SimClock()
  const events = recordEvents()
  let changes = 0
  const stamp = (path: string) => {
    changes += 1
    utimesSync(path, 0, changes)
  }
  return {
    files,
    paths: paths as [string, string],
    clock,
    events,
    write(...keys: (typeof alice)[]) {
      assert.deepEqual(
        files.change(() => keys).filter(({ isMended }) => !isMended),
        [],
      )
      paths.forEach(stamp)
    },
    spoil(...spoiled: string[]) {
      for (const path of spoiled) {
        writeFileSync(path, 'not a key file')
        stamp(path)
      }
    },
    open: (given?: typeof root) => new AccessKeys(files, given, { clock, events }),
  }
}

test('AccessKeys: knows secrets, and whose a key is', async (t) => {
  const { write, open } = await keyFiles(t)
  write(alice, { ...root, owner: 'root' })
  const keys = open()
  assert.equal(keys.secretOf('HRALICE'), 'secret of alice')
  assert.deepEqual(keys.principalOf('HRALICE'), {
    kind: 'owner',
    ...ownerNamed('alice'),
    accessKeyId: 'HRALICE',
    isRoot: false,
  })
  const rootPrincipal = keys.principalOf('ROOT')
  assert.ok(rootPrincipal?.kind === 'owner' && rootPrincipal.isRoot)
  for (const unknown of ['', 'HRBOB', '__proto__', 'constructor']) {
    assert.equal(keys.secretOf(unknown), undefined)
    assert.equal(keys.principalOf(unknown), undefined)
  }
})

test('AccessKeys: a key that was added is good at once, one that was removed within half a second', async (t) => {
  const { clock, write, open } = await keyFiles(t)
  write(alice)
  const keys = open()
  write(bob)
  assert.equal(keys.secretOf('HRBOB'), 'secret of bob')
  write(alice)
  clock.step()
  assert.equal(clock.monotonic(), 500)
  assert.equal(keys.secretOf('HRBOB'), undefined)
  assert.equal(keys.secretOf('HRALICE'), 'secret of alice')
})

test('AccessKeys: a secret that was changed counts within half a second', async (t) => {
  const { clock, write, open } = await keyFiles(t)
  write(alice)
  const keys = open()
  write({ ...alice, secretKey: 'another secret' })
  clock.step()
  assert.equal(keys.secretOf('HRALICE'), 'another secret')
})

test('AccessKeys: when the files turn bad, the keys known before stay good, and the log says so', async (t) => {
  const { paths, clock, events, write, spoil, open } = await keyFiles(t)
  write(alice)
  const keys = open(root)
  spoil(...paths)
  for (let times = 0; times < 5; times += 1) clock.step()
  assert.equal(keys.secretOf('HRALICE'), 'secret of alice')
  assert.equal(keys.secretOf('ROOT'), 'secret of root')
  assert.equal(events.lines.length, 1)
  assert.match(String(events.lines[0]?.fields.err), /cannot be read/)
  for (const path of paths) rmSync(path)
  write(bob)
  clock.step()
  assert.equal(keys.secretOf('HRALICE'), undefined)
  assert.equal(keys.secretOf('HRBOB'), 'secret of bob')
})

test('AccessKeys: with bad files, a root pair from outside is good all the same', async (t) => {
  const { paths, spoil, open } = await keyFiles(t)
  spoil(...paths)
  assert.equal(open(root).secretOf(root.accessKeyId), root.secretKey)
})

test('AccessKeys: a root pair from outside is good besides those of the files, and without any', async (t) => {
  const { paths, clock, write, open } = await keyFiles(t)
  const keys = open(root)
  assert.equal(keys.secretOf('ROOT'), 'secret of root')
  write(alice)
  clock.step()
  assert.equal(keys.secretOf('ROOT'), 'secret of root')
  assert.equal(keys.secretOf('HRALICE'), 'secret of alice')
  for (const path of paths) rmSync(path)
  clock.step()
  assert.equal(keys.secretOf('HRALICE'), undefined)
  assert.equal(keys.secretOf('ROOT'), 'secret of root')
})

test('AccessKeys: with one of two copies damaged or gone, nothing is amiss', async (t) => {
  const { paths, clock, events, write, spoil, open } = await keyFiles(t)
  write(alice)
  const keys = open()
  spoil(paths[0])
  clock.step()
  assert.equal(keys.secretOf('HRALICE'), 'secret of alice')
  rmSync(paths[0])
  clock.step()
  assert.equal(keys.secretOf('HRALICE'), 'secret of alice')
  write(alice, bob)
  spoil(paths[1])
  clock.step()
  assert.equal(keys.secretOf('HRBOB'), 'secret of bob')
  assert.deepEqual(events.lines, [])
})

test('AccessKeys: when only an older copy is left, the keys that were removed do not come back', async (t) => {
  const { files, paths, clock, events, write, open } = await keyFiles(t)
  write(alice, bob)
  writeKeyFile(paths[0], { revision: 2, keys: [alice] })
  const keys = open()
  assert.equal(keys.secretOf('HRBOB'), undefined)
  rmSync(paths[0])
  for (let times = 0; times < 3; times += 1) clock.step()
  assert.equal(keys.secretOf('HRBOB'), undefined)
  assert.equal(keys.secretOf('HRALICE'), 'secret of alice')
  assert.equal(events.lines.length, 1)
  assert.match(String(events.lines[0]?.fields.err), /Revision 2 .* is known, and only 1 /)
  files.change((known) => [...known, { ...alice, accessKeyId: 'HRNEW' }])
  clock.step()
  assert.equal(keys.secretOf('HRNEW'), 'secret of alice')
})

test('withRootKey: makes a pair once, and finds it then', () => {
  const keys = withRootKey([alice], systemRandom)
  assert.deepEqual(
    keys.map(({ owner }) => owner),
    ['root', 'alice'],
  )
  assert.equal(withRootKey(keys, systemRandom), keys)
  assert.equal(rootKeyAmong(keys), keys[0])
  assert.equal(rootKeyAmong([alice]), undefined)
})

test('ownerNamed: a name always has the same canonical id, and another name another', () => {
  const { id, displayName } = ownerNamed('alice')
  assert.equal(displayName, 'alice')
  assert.match(id, /^[0-9a-f]{64}$/)
  assert.equal(ownerNamed('alice').id, id)
  assert.notEqual(ownerNamed('bob').id, id)
})

test('AccessKeys: a root pair from outside takes the place of the one in the file', async (t) => {
  const { write, open } = await keyFiles(t)
  write(alice, { accessKeyId: 'OLDROOT', secretKey: 'leaked', owner: 'root' })
  const keys = open(root)
  assert.equal(keys.secretOf('OLDROOT'), undefined)
  assert.equal(keys.secretOf('ROOT'), 'secret of root')
  assert.equal(keys.secretOf('HRALICE'), 'secret of alice')
})
