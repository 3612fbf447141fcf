import assert from 'node:assert/strict'
import { rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { SimClock } from '../../sim/sim-clock.ts'
import { type Test, temporaryFolder } from '../../test/open-store.ts'
import { recordEvents } from '../../test/support/events.ts'
import { systemRandom } from '../core/runtime.ts'
import { AccessKeys, ensureRootKey } from './access-keys.ts'
import { readKeyFile, writeKeyFile } from './key-file.ts'
import { ownerNamed } from './owner.ts'

const alice = { accessKeyId: 'HRALICE', secretKey: 'secret of alice', owner: 'alice' }
const bob = { accessKeyId: 'HRBOB', secretKey: 'secret of bob', owner: 'bob' }
const root = { accessKeyId: 'ROOT', secretKey: 'secret of root' }

/** A key file, and the keys as a process of the server knows them. Every change gets another time than the one before. */
async function keyFile(t: Test) {
  const path = join(await temporaryFolder(t), 'keys.json')
  const clock = new SimClock()
  const events = recordEvents()
  let changes = 0
  const stamp = () => {
    changes += 1
    utimesSync(path, 0, changes)
  }
  return {
    path,
    clock,
    events,
    write(...keys: (typeof alice)[]) {
      writeKeyFile(path, { keys })
      stamp()
    },
    spoil() {
      writeFileSync(path, 'not a key file')
      stamp()
    },
    open: (given?: typeof root) => new AccessKeys(path, given, { clock, events }),
  }
}

test('AccessKeys: knows secrets, and whose a key is', async (t) => {
  const { write, open } = await keyFile(t)
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
  const { clock, write, open } = await keyFile(t)
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
  const { clock, write, open } = await keyFile(t)
  write(alice)
  const keys = open()
  write({ ...alice, secretKey: 'another secret' })
  clock.step()
  assert.equal(keys.secretOf('HRALICE'), 'another secret')
})

test('AccessKeys: when the file turns bad, the keys known before stay good, and the log says so', async (t) => {
  const { clock, events, write, spoil, open } = await keyFile(t)
  write(alice)
  const keys = open(root)
  spoil()
  for (let times = 0; times < 5; times += 1) clock.step()
  assert.equal(keys.secretOf('HRALICE'), 'secret of alice')
  assert.equal(keys.secretOf('ROOT'), 'secret of root')
  assert.equal(events.lines.length, 1)
  assert.match(String(events.lines[0]?.fields.err), /cannot be read/)
  write(bob)
  clock.step()
  assert.equal(keys.secretOf('HRALICE'), undefined)
  assert.equal(keys.secretOf('HRBOB'), 'secret of bob')
})

test('AccessKeys: with a bad file, a root pair from outside is good all the same', async (t) => {
  const { spoil, open } = await keyFile(t)
  spoil()
  assert.equal(open(root).secretOf(root.accessKeyId), root.secretKey)
})

test('AccessKeys: a root pair from outside is good besides those of the file, and without a file', async (t) => {
  const { path, clock, write, open } = await keyFile(t)
  const keys = open(root)
  assert.equal(keys.secretOf('ROOT'), 'secret of root')
  write(alice)
  clock.step()
  assert.equal(keys.secretOf('ROOT'), 'secret of root')
  assert.equal(keys.secretOf('HRALICE'), 'secret of alice')
  rmSync(path)
  clock.step()
  assert.equal(keys.secretOf('HRALICE'), undefined)
  assert.equal(keys.secretOf('ROOT'), 'secret of root')
})

test('ensureRootKey: makes a pair once, and finds it then', async (t) => {
  const { path, write } = await keyFile(t)
  write(alice)
  const made = ensureRootKey(path, { random: systemRandom })
  const { accessKeyId, secretKey } = ensureRootKey(path, { random: systemRandom })
  assert.deepEqual({ accessKeyId, secretKey }, { accessKeyId: made.accessKeyId, secretKey: made.secretKey })
  assert.deepEqual(
    readKeyFile(path)?.keys.map(({ owner }) => owner),
    ['root', 'alice'],
  )
})

test('ownerNamed: a name always has the same canonical id, and another name another', () => {
  const { id, displayName } = ownerNamed('alice')
  assert.equal(displayName, 'alice')
  assert.match(id, /^[0-9a-f]{64}$/)
  assert.equal(ownerNamed('alice').id, id)
  assert.notEqual(ownerNamed('bob').id, id)
})

test('AccessKeys: a root pair from outside takes the place of the one in the file', async (t) => {
  const { write, open } = await keyFile(t)
  write(alice, { accessKeyId: 'OLDROOT', secretKey: 'leaked', owner: 'root' })
  const keys = open(root)
  assert.equal(keys.secretOf('OLDROOT'), undefined)
  assert.equal(keys.secretOf('ROOT'), 'secret of root')
  assert.equal(keys.secretOf('HRALICE'), 'secret of alice')
})
