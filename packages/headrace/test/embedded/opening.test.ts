import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { closeSync, constants, cpSync, openSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { formatDrive } from '../../src/store/embedded/drive/format-drive.ts'
import { findStore } from '../../src/store/embedded/find-store.ts'
import { MapLostError } from '../../src/store/embedded/placement/map-lost-error.ts'
import { actions, context } from '../conformance/harness.ts'
import { openAt, type Test, temporaryFolder } from '../open-store.ts'
import { until } from '../support/waiting.ts'

async function folders(t: Test, count: number): Promise<[string, ...string[]]> {
  const root = await temporaryFolder(t)
  return Array.from({ length: count }, (_, number) => join(root, `d${number}`)) as [string, ...string[]]
}

test('a copy of a drive beside it is refused, and so is a drive by two names', async (t) => {
  const [original, copy, link] = (await folders(t, 3)) as [string, string, string]
  let opened = await openAt(original)
  await opened.store.createBucket({ bucket: 'bucket', acl: 'private', location: '' }, context())
  await opened.close()
  cpSync(original, copy, { recursive: true })
  symlinkSync(original, link)
  opened = await openAt(original)
  await actions(opened.store).put('bucket', 'key', 'since the copy')
  await opened.close()
  for (const other of [copy, link]) {
    await assert.rejects(openAt(original, other), /it is the same drive as .*d0: a copy of it, or another name/)
  }
  opened = await openAt(original)
  assert.equal(String(await actions(opened.store).get('bucket', 'key')), 'since the copy')
  await opened.close()
})

test('drives that cannot be opened without the others are left as they are', async (t) => {
  const all = await folders(t, 6)
  const away = (root: string) => renameSync(root, `${root}.away`)
  const back = (root: string) => renameSync(`${root}.away`, root)
  const indexed = all.slice(0, 3) as [string, ...string[]]
  const others = all.slice(3) as [string, ...string[]]
  let opened = await openAt(...all)
  assert.deepEqual(opened.keeperStore.maps.current.map.indexDevices, [0, 1, 2])
  await opened.close()
  const mapOf = (root: string) => readFileSync(join(root, 'map.json'), 'utf8')
  const before = others.map(mapOf)
  indexed.forEach(away)
  await assert.rejects(openAt(...others), /its journal and its index are on .*d0 and .*d1 and .*d2/)
  assert.deepEqual(others.map(mapOf), before)
  // Drives that were not used do not count as used apart.
  indexed.forEach(back)
  others.forEach(away)
  opened = await openAt(...indexed)
  await opened.store.createBucket({ bucket: 'bucket', acl: 'private', location: '' }, context())
  await opened.close()
  others.forEach(back)
  opened = await openAt(...all)
  await opened.store.headBucket({ bucket: 'bucket' }, context())
  await opened.close()
})

test('a drive that somebody used apart from the others is not taken back while they are in use', async (t) => {
  const [one, other] = (await folders(t, 2)) as [string, string]
  const away = (root: string) => renameSync(root, `${root}.away`)
  const back = (root: string) => renameSync(`${root}.away`, root)
  let opened = await openAt(one, other)
  await opened.store.createBucket({ bucket: 'bucket', acl: 'private', location: '' }, context())
  await opened.close()
  away(one)
  opened = await openAt(other)
  await actions(opened.store).put('bucket', 'key', 'apart')
  await opened.close()
  away(other)
  back(one)
  opened = await openAt(one)
  back(other)
  const { monitor } = opened.keeperStore
  await until('it is seen', () => monitor.reasonOf(1)?.includes('were opened apart from each other'))
  await sleep(3_500)
  assert.ok(!opened.keeperStore.maps.current.isUp(1))
  await opened.close()
  away(one)
  opened = await openAt(other)
  assert.equal(String(await actions(opened.store).get('bucket', 'key')), 'apart')
  await opened.close()
})

test('a drive that was away, and put back while nobody looked, is known by its old map', async (t) => {
  const all = (await folders(t, 4)) as [string, string, string, string]
  let opened = await openAt(...all)
  await opened.close()
  cpSync(all[3], `${all[3]}.old`, { recursive: true })
  opened = await openAt(...all)
  assert.deepEqual(opened.keeperStore.place.stale, [])
  await opened.close()
  rmSync(all[3], { recursive: true })
  renameSync(`${all[3]}.old`, all[3])
  opened = await openAt(...all)
  assert.deepEqual(opened.keeperStore.place.stale, [3])
  await opened.close()
})

test('a drive of several that has lost its map is no store of its own', async (t) => {
  const all = (await folders(t, 3)) as [string, string, string]
  const opened = await openAt(...all)
  await opened.close()
  for (const root of all) rmSync(join(root, 'map.json'))
  await assert.rejects(openAt(all[2]), MapLostError)
  await assert.rejects(openAt(all[0], all[2]), MapLostError)
})

test('a drive that was put in the place of another when the power went takes that place', async (t) => {
  const all = (await folders(t, 5)) as [string, string, string, string, string]
  let opened = await openAt(...all)
  const { map } = opened.keeperStore.maps.current
  const [, , , , lost] = map.devices
  assert.ok(lost)
  await opened.close()
  rmSync(all[4], { recursive: true })
  const device = { storeId: map.storeId, deviceId: 'c0ffee00-0000-4000-8000-000000000000', device: 5, createdMs: 0 }
  await formatDrive(all[4], device)
  opened = await openAt(...all)
  const now = opened.keeperStore.maps.current.map
  assert.deepEqual(
    now.devices.map(({ id }) => id),
    [0, 1, 2, 3, 5],
  )
  assert.deepEqual(now.rules, map.rules, 'five drives have the profile of five')
  await opened.close()
})

test('a drive that hangs keeps nobody from opening the others', async (t) => {
  const [first, hung] = (await folders(t, 2)) as [string, string]
  await (await openAt(first, hung)).close()
  // Whoever opens a pipe to read waits for somebody who writes.
  const pipe = join(hung, 'device.json')
  rmSync(pipe)
  execFileSync('mkfifo', [pipe])
  const found = await findStore([first, hung], 200)
  const writer = openSync(pipe, constants.O_RDWR)
  assert.deepEqual(
    found.drives.map(({ root }) => root),
    [first],
  )
  assert.match(found.troubles.find(({ root }) => root === hung)?.why ?? '', /does not answer/)
  await sleep(50)
  closeSync(writer)
})
