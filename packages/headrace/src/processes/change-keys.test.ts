import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { SimClock } from '../../sim/sim-clock.ts'
import { type Test, temporaryFolder } from '../../test/open-store.ts'
import { recordEvents } from '../../test/support/events.ts'
import { systemClock, systemRandom } from '../core/runtime.ts'
import { KeyFiles } from '../identity/key-files.ts'
import { StoreLockedError, takeLock } from '../store/embedded/drive/store-lock.ts'
import { changeKeys } from './change-keys.ts'
import { prepareKeys } from './prepare-keys.ts'

const key = (name: string) => ({ accessKeyId: name, secretKey: `secret of ${name}`, owner: 'alice' })

async function twoDrives(t: Test) {
  return [await temporaryFolder(t), await temporaryFolder(t)] as const
}

test('changeKeys: changes at the same time are all kept, in whatever order the drives are named', async (t) => {
  const [one, two] = await twoDrives(t)
  const names = Array.from({ length: 12 }, (_, index) => `KEY${index}`)
  const orders = [[one, two], [two, one], [two]]
  const changes = names.map((name, index) =>
    changeKeys(new KeyFiles(orders[index % 3] as string[]), (keys) => [...keys, key(name)], systemClock),
  )
  await Promise.all(changes)
  const kept = new KeyFiles([one, two]).read()?.keys.map(({ accessKeyId }) => accessKeyId)
  assert.deepEqual(new Set(kept), new Set(names))
})

test('changeKeys: gives up on a process that does not come to an end, and has changed nothing', async (t) => {
  const [one, two] = await twoDrives(t)
  const held = takeLock(join(two, 'locks', 'keys'))
  t.after(() => held.release())
  const clock = new SimClock()
  const files = new KeyFiles([one, two])
  const changing = changeKeys(files, (keys) => [...keys, key('KEY')], clock).catch((error: unknown) => error)
  for (let step = 0; step < 400; step += 1) {
    clock.step()
    await Promise.resolve()
    await Promise.resolve()
  }
  assert.ok((await changing) instanceof StoreLockedError)
  assert.equal(files.read(), undefined)
  takeLock(join(one, 'locks', 'keys')).release()
})

test('prepareKeys: makes the root pair once, and puts keys on drives that lack them', async (t) => {
  const [one, two] = await twoDrives(t)
  const { log, lines } = recordEvents()
  const runtime = { clock: systemClock, random: systemRandom, log }
  const made = await prepareKeys(new KeyFiles([one]), undefined, runtime)
  assert.deepEqual(await prepareKeys(new KeyFiles([two, one]), undefined, runtime), made)
  assert.equal(readFileSync(join(two, 'keys.json'), 'utf8'), readFileSync(join(one, 'keys.json'), 'utf8'))
  const given = { accessKeyId: 'ROOT', secretKey: 'given from outside' }
  assert.equal(await prepareKeys(new KeyFiles([two, one]), given, runtime), given)
  assert.deepEqual(lines, [])
})

test('prepareKeys: a root pair from outside makes no file', async (t) => {
  const [one] = await twoDrives(t)
  const { log } = recordEvents()
  await prepareKeys(new KeyFiles([one]), key('ROOT'), { clock: systemClock, random: systemRandom, log })
  assert.equal(existsSync(join(one, 'keys.json')), false)
})

test('prepareKeys: says of a copy what was wrong with it', async (t) => {
  const [one, two] = await twoDrives(t)
  const { log, lines } = recordEvents()
  const runtime = { clock: systemClock, random: systemRandom, log }
  const files = new KeyFiles([one, two])
  const path = join(two, 'keys.json')
  await prepareKeys(files, undefined, runtime)
  writeFileSync(path, '{')
  await prepareKeys(files, undefined, runtime)
  rmSync(path)
  // A folder in its place can be neither read nor replaced, whoever the user is.
  mkdirSync(path)
  await prepareKeys(files, undefined, runtime)
  assert.deepEqual(
    lines.map(({ level, fields }) => [level, fields.path]),
    [
      ['warn', path],
      ['error', path],
    ],
  )
})
