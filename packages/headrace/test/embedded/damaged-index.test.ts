import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { open } from 'lmdb'
import { KeeperStore } from '../../src/store/embedded/keeper-store.ts'
import { openGatewayStore } from '../../src/store/embedded/open-gateway.ts'
import { openLocalPlace } from '../../src/store/embedded/open-local-place.ts'
import { actions, context } from '../conformance/harness.ts'
import { noReserve, openAt, quiet, runtime, temporaryFolder } from '../open-store.ts'
import { recordEvents } from '../support/events.ts'
import { until } from '../support/waiting.ts'

/** A keeper and a gateway with an object in their store, as two processes have them. */
async function linkedStore(root: string) {
  const events = recordEvents()
  const watched = { ...runtime, events }
  const socketPath = join(root, 'keeper.sock')
  const failures: unknown[] = []
  const place = await openLocalPlace({ folders: [root] }, watched)
  const failed = (error: unknown) => failures.push(error)
  const keeper = await KeeperStore.open({ place, runtime: watched, socketPath, failed })
  const answer = async () => undefined
  const gateway = await openGatewayStore({ socketPath, worker: 1, runtime, reserve: noReserve, ...quiet, answer })
  const { create, put } = actions(gateway.store)
  await create('bucket')
  await put('bucket', 'k', 'bytes')
  const close = async () => {
    await gateway.close()
    await keeper.close()
  }
  return { keeper, gateway, events, failures, close, indexes: () => indexesOf(root), isSuspect: () => isSuspect(root) }
}

async function indexesOf(root: string): Promise<string[]> {
  return (await readdir(join(root, 'index'))).filter((name) => name.endsWith('.mdb'))
}

function isSuspect(root: string): boolean {
  return existsSync(join(root, 'index', 'suspect'))
}

/** Turns a bit in the row of the bucket, past everything that would notice. */
async function spoilIndex(root: string): Promise<void> {
  const [name = ''] = await indexesOf(root)
  const binary = { encoding: 'binary', keyEncoding: 'binary', cache: false } as const
  const environment = open<Buffer, Buffer>({ path: join(root, 'index', name), ...binary, pageSize: 8192, maxDbs: 32 })
  const buckets = environment.openDB<Buffer, Buffer>({ name: 'buckets', ...binary })
  const key = Buffer.from('bucket')
  const row = Buffer.from(buckets.getBinary(key) as Buffer)
  row[row.length - 1] = (row[row.length - 1] as number) ^ 1
  buckets.putSync(key, row)
}

test('damaged index: what a gateway finds is told to the keeper; one just made anew is not made anew again', async (t) => {
  const root = await temporaryFolder(t)
  const { gateway, events, failures, close, isSuspect } = await linkedStore(root)
  await spoilIndex(root)
  await assert.rejects(gateway.store.headBucket({ bucket: 'bucket' }, context()), /checksum/)
  await until('the keeper has heard of it', () => events.faults.length > 0)
  assert.match(String(events.faults[0]?.what), /read the index/)
  assert.match(String(events.faults[0]?.error), /gateway 1: FormatError/)
  assert.deepEqual(failures, [])
  assert.equal(isSuspect(), false)
  await close()
})

test('damaged index: the next keeper makes it anew from the journal', async (t) => {
  const root = await temporaryFolder(t)
  const first = await openAt(root)
  const { create, put } = actions(first.store)
  await create('bucket')
  await put('bucket', 'k', 'bytes')
  await first.close()
  const { keeper, failures, close, indexes, isSuspect } = await linkedStore(root)
  const before = await indexes()
  await spoilIndex(root)
  assert.throws(() => keeper.index.get('buckets', Buffer.from('bucket')), /checksum/)
  assert.equal(failures.length, 1, 'the process is to end')
  assert.ok(isSuspect())
  await close()
  const next = await openAt(root)
  assert.equal((await actions(next.store).get('bucket', 'k')).toString(), 'bytes')
  assert.notDeepEqual(await indexesOf(root), before)
  await next.close()
})

test('damaged index: no snapshot is made of it, and the one before stays', async (t) => {
  const root = await temporaryFolder(t)
  const { keeper, failures, close, isSuspect } = await linkedStore(root)
  await keeper.takeSnapshot()
  const before = await readdir(join(root, 'snapshots'))
  await spoilIndex(root)
  await assert.rejects(keeper.takeSnapshot(), /checksum/)
  assert.deepEqual(await readdir(join(root, 'snapshots')), before)
  // One that was made anew a moment ago is not given up at once.
  assert.deepEqual([failures.length, isSuspect()], [0, false])
  await close()
})

test('damaged index: pages that are broken are noticed when the journal is rolled forward, too', async (t) => {
  const root = await temporaryFolder(t)
  const first = await openAt(root)
  const { create, put } = actions(first.store)
  await create('bucket')
  for (let number = 0; number < 300; number += 1)
    await put('bucket', `k${number}`, Buffer.alloc(2000, `needle ${number} `))
  await first.keeperStore.takeSnapshot()
  await first.store.deleteObject({ bucket: 'bucket', key: 'k50' }, context())
  // The index as it was before the delete, which the journal has, and with a page of k50 wiped out.
  const [snapshot = ''] = await readdir(join(root, 'snapshots'))
  const bytes = await readFile(join(root, 'snapshots', snapshot))
  const [name = ''] = await indexesOf(root)
  await first.close()
  const at = bytes.indexOf('needle 50 needle 50')
  assert.ok(at > 0)
  bytes.fill(0, at - (at % 8192), at - (at % 8192) + 8192)
  await writeFile(join(root, 'index', name), bytes)
  const next = await openAt(root)
  const { get } = actions(next.store)
  await assert.rejects(get('bucket', 'k50'))
  assert.equal((await get('bucket', 'k51')).toString('latin1', 0, 9), 'needle 51')
  assert.notDeepEqual(await indexesOf(root), [name])
  await next.close()
})
