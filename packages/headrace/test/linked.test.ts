import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { KeeperStore } from '../src/store/embedded/keeper-store.ts'
import { openGatewayStore } from '../src/store/embedded/open-gateway.ts'
import { openLocalPlace } from '../src/store/embedded/open-local-place.ts'
import { actions } from './conformance/harness.ts'
import { testObjectStore } from './conformance/suite.ts'
import { noReserve, quiet, runtime, temporaryFolder } from './open-store.ts'
import { until } from './support/waiting.ts'

function fail(error: unknown): never {
  throw error
}

async function openKeeper(root: string): Promise<KeeperStore> {
  const place = await openLocalPlace({ folders: [root] }, runtime)
  return await KeeperStore.open({ place, runtime, socketPath: join(root, 'keeper.sock'), failed: fail })
}

function openGateway(root: string, worker = 1) {
  const answer = async () => ({ worker })
  return openGatewayStore({
    socketPath: join(root, 'keeper.sock'),
    worker,
    runtime,
    reserve: noReserve,
    ...quiet,
    answer,
  })
}

testObjectStore('embedded over a link', async () => {
  const root = await mkdtemp(join(tmpdir(), 'headrace-'))
  const keeper = await openKeeper(root)
  const gateway = await openGateway(root)
  return {
    store: gateway.store,
    async close() {
      await gateway.close()
      await keeper.close()
      await rm(root, { recursive: true })
    },
  }
})

test('linked: what one gateway has written, the others read at once', async (t) => {
  const root = await temporaryFolder(t)
  const keeper = await openKeeper(root)
  const gateways = await Promise.all([1, 2, 3].map((worker) => openGateway(root, worker)))
  const stores = gateways.map(({ store }) => actions(store))
  await stores[0]?.create('bucket')
  for (const [number, { put }] of stores.entries()) {
    const bytes = `from gateway ${number}`
    await put('bucket', 'k', bytes)
    for (const { get } of stores) assert.equal((await get('bucket', 'k')).toString(), bytes)
  }
  assert.equal(keeper.connectedSessions().size, 3)
  assert.deepEqual(
    (await keeper.askGateways()).map((answer) => (answer as { worker: number }).worker).sort(),
    [1, 2, 3],
  )
  for (const gateway of gateways) await gateway.close()
  await keeper.close()
})

test('linked: while there is no keeper, reads go on and writes wait for the next one', async (t) => {
  const root = await temporaryFolder(t)
  const before = await openKeeper(root)
  const gateway = await openGateway(root)
  const { create, put, get } = actions(gateway.store)
  await create('bucket')
  await put('bucket', 'k', 'before')
  await before.close()
  assert.equal((await get('bucket', 'k')).toString(), 'before')
  const waiting = put('bucket', 'k', 'after')
  assert.equal((await get('bucket', 'k')).toString(), 'before')
  const after = await openKeeper(root)
  await waiting
  assert.equal((await get('bucket', 'k')).toString(), 'after')
  await gateway.close()
  await after.close()
})

test('linked: a keeper that ends in order while gateways write, ends in order, and the next has every write', async (t) => {
  const root = await temporaryFolder(t)
  let keeper = await openKeeper(root)
  const gateway = await openGateway(root)
  const { create, put, list } = actions(gateway.store)
  await create('bucket')
  let isOver = false
  const written: string[] = []
  const write = async (writer: number) => {
    for (let number = 0; !isOver; number += 1) {
      const key = `${writer} ${number}`
      await put('bucket', key, key)
      written.push(key)
    }
  }
  const writers = Array.from({ length: 8 }, (_, writer) => write(writer))
  for (let round = 0; round < 5; round += 1) {
    const before = written.length
    await until('some writes', () => written.length > before + 50)
    await keeper.close()
    keeper = await openKeeper(root)
  }
  isOver = true
  await Promise.all(writers)
  const listed = new Set<string>()
  for (let startAfter = ''; ; ) {
    const page = await list('bucket', { startAfter })
    if (page.length === 0) break
    for (const key of page) listed.add(key)
    startAfter = page.at(-1) as string
  }
  assert.deepEqual(
    written.filter((key) => !listed.has(key)),
    [],
  )
  await gateway.close()
  await keeper.close()
})
