import assert from 'node:assert/strict'
import { test } from 'node:test'
import { objectBytes, WorkScene } from '../../test/support/work-scene.ts'
import { folders } from '../store/embedded/data/paths.ts'
import { listSalvage } from './salvage.ts'

const small = 30_000
const large = 3_000_000

/** A store on three drives, each data on two of them. */
async function scene(): Promise<WorkScene> {
  const place = await WorkScene.begin(3)
  for (const [key, size] of Object.entries({ s1: small, s2: small, s3: small, l1: large, l2: large })) {
    await place.put(key, objectBytes(size, key))
  }
  return place
}

async function list(place: WorkScene, { after = null as string | null, limit = 1_000 } = {}) {
  return await place.finish(listSalvage(place, { after, limit }))
}

/** The index has lost a row, or all of them. */
function forget(place: WorkScene, ids: readonly Buffer[]): void {
  place.index.apply(ids.map((key) => ({ database: 'data', key, value: undefined })))
}

function idsOf(place: WorkScene): Map<string, Buffer> {
  const ids = new Map<string, Buffer>()
  for (const id of place.rows().keys()) ids.set(id, Buffer.from(id, 'hex'))
  return ids
}

/** What was written before is not being written any more. */
async function passDays(place: WorkScene): Promise<void> {
  place.clock.advance(2 * 24 * 3600 * 1000)
}

test('salvage: what rows name is not listed, nor what may be being written', async () => {
  const place = await scene()
  assert.deepEqual(await list(place), { chunks: [], next: null })
  const ids = idsOf(place)
  forget(place, [...ids.values()])
  assert.deepEqual((await list(place)).chunks, [])
})

test('salvage: chunks whose rows are lost are listed with what their headers say', async () => {
  const place = await scene()
  const ids = idsOf(place)
  forget(place, [...ids.values()])
  await passDays(place)
  const { chunks, next } = await list(place)
  assert.equal(next, null)
  assert.equal(chunks.length, 2 * 5, 'two copies of each')
  const keys = [...new Set(chunks.map(({ key, lengthBytes, bucket }) => `${bucket}/${key} ${lengthBytes}`))].sort()
  const expected = ['s1', 's2', 's3'].map((key) => `bucket/${key} ${small}`)
  assert.deepEqual(keys, [...['l1', 'l2'].map((key) => `bucket/${key} ${large}`), ...expected])
  assert.ok(chunks.every(({ isReadable, k, m }) => isReadable && k === 1 && m === 1))
  assert.ok(chunks.every(({ file, offsetBytes }) => file.startsWith(folders.segments) === (offsetBytes !== null)))
})

test('salvage: page by page it is the same', async () => {
  const place = await scene()
  forget(place, [...idsOf(place).values()])
  await passDays(place)
  const { chunks: whole } = await list(place)
  for (const limit of [1, 3]) {
    const chunks: unknown[] = []
    let after: string | null = null
    do {
      const page = await list(place, { after, limit })
      chunks.push(...page.chunks)
      after = page.next
    } while (after !== null)
    assert.deepEqual(chunks, whole)
  }
})

test('salvage: a chunk that is damaged is listed as one that cannot be read', async () => {
  const place = await scene()
  const ids = [...idsOf(place).values()]
  for (const id of ids) place.flip(id, 0)
  forget(place, ids)
  await passDays(place)
  const { chunks } = await list(place)
  assert.deepEqual(
    chunks.map(({ chunk, isReadable }) => isReadable === (chunk === 1)),
    chunks.map(() => true),
  )
})

test('salvage: behind a damaged header in a segment the next chunk is found', async () => {
  const place = await scene()
  const ids = idsOf(place)
  const rows = [...place.rows()].filter(([, { lengthBytes }]) => lengthBytes === small)
  const [first] = rows.filter(([, { chunks }]) => chunks[0]?.kind === 'segment' && chunks[0].offset === 0)
  assert.ok(first !== undefined)
  const { disk, path } = place.placeOf(Buffer.from(first[0], 'hex'), 0)
  disk.sim.flipBit(path, 20)
  forget(place, [...ids.values()])
  await passDays(place)
  const { chunks } = await list(place)
  assert.equal(chunks.length, 2 * 5 - 1)
})

test('salvage: what is in the trash is on its way, and a drive that fails hides only its own', async () => {
  const place = await scene()
  await place.remove('l1')
  await place.remove('s1')
  await passDays(place)
  assert.deepEqual((await list(place)).chunks, [])
  forget(place, [...idsOf(place).values()])
  const all = (await list(place)).chunks
  place.disk(0).sim.faults.deadCode = 'EIO'
  const left = (await list(place)).chunks
  assert.deepEqual(
    left,
    all.filter(({ drive }) => drive !== 0),
  )
  assert.ok(place.events.faults.length > 0)
})
