import assert from 'node:assert/strict'
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { temporaryFolder } from '../../../test/open-store.ts'
import { AdminScene } from '../../../test/support/admin-scene.ts'
import { drives, storeOn } from '../../../test/support/drives.ts'
import { readDeviceFile } from '../../store/embedded/drive/check-drive.ts'
import { formatDrive } from '../../store/embedded/drive/format-drive.ts'
import { openLocalDrive } from '../../store/embedded/drive/local-drive.ts'
import { finishLeaving, markDown, startLeaving } from '../../store/embedded/placement/edit-map.ts'
import type { StoreMap } from '../../store/embedded/placement/store-map.ts'
import type { NewDrive } from '../store-admin.ts'

async function begin(
  t: TestContext,
  drives: number | StoreMap,
  objects = 0,
): Promise<{ scene: AdminScene; root: string }> {
  const scene = await AdminScene.begin(drives)
  await scene.fill(objects)
  const root = await temporaryFolder({ after: (action) => t.after(action) })
  return { scene, root }
}

function newDrive(path: string, more: Partial<NewDrive> = {}): NewDrive {
  return { path, host: null, rack: null, deviceClass: 'hot', ...more }
}

test('planAdd: predicts, and writes nothing', async (t) => {
  const { scene, root } = await begin(t, 6, 60)
  const path = join(root, 'deep', 'd6')
  const epoch = scene.maps.current.map.epoch
  const plan = await scene.ask('planAdd', { drives: [newDrive(path, { host: 'h0' })] })
  assert.deepEqual(await readdir(root), [])
  assert.equal(scene.maps.current.map.epoch, epoch)
  const coming = plan.drives.at(-1)
  assert.deepEqual([coming?.id, coming?.path, coming?.outBytes, plan.drives.length], [null, path, 0, 7])
  assert.ok(plan.movedBytes > 0 && plan.plainIndepBytes > plan.movedBytes)
  assert.equal(coming?.inBytes, plan.movedBytes)
  assert.deepEqual([plan.reencodeBytes, plan.sampledRows], [0, plan.rows])
  assert.deepEqual(plan.profilesBefore[0]?.large, plan.profilesAfter[0]?.large)
})

test('addDrives: makes a folder a drive, and what was predicted comes true', async (t) => {
  // As large as the new one will be.
  const { totalBytes: capacityBytes } = await openLocalDrive(tmpdir()).space()
  const { scene, root } = await begin(t, storeOn(drives(6, () => ({ capacityBytes }))), 60)
  const path = join(root, 'd6')
  const { added, prediction, work } = await scene.ask('addDrives', { drives: [newDrive(path)] })
  assert.deepEqual(added, [{ id: 6, path }])
  assert.equal(prediction.drives.at(-1)?.id, 6)
  const { storeId, devices } = scene.maps.current.map
  const file = await readDeviceFile(openLocalDrive(path))
  assert.deepEqual([file.storeId, file.deviceId, file.device], [storeId, devices[6]?.uuid, 6])
  assert.equal(devices[6]?.host, 'localhost')
  await scene.work(scene.mender)
  const { lastMove, verdict } = await scene.ask('status')
  assert.deepEqual([verdict, lastMove?.reason], ['full', 'add drive 6'])
  assert.equal(lastMove?.predictedBytes, prediction.movedBytes)
  assert.ok(Math.abs((lastMove?.movedBytes ?? 0) / prediction.movedBytes - 1) < 0.001 && lastMove?.finishedMs !== null)
  assert.ok((work?.startedMs ?? Number.POSITIVE_INFINITY) <= (scene.mender.status().startedMs ?? 0))
  assert.ok(((await scene.ask('drives')).drives[6]?.chunks ?? 0) > 0)
})

test('addDrives: a better profile re-encodes, and is predicted apart', async (t) => {
  const { scene, root } = await begin(t, 3, 30)
  const drives = [newDrive(join(root, 'a')), newDrive(join(root, 'b'))]
  const { added, prediction } = await scene.ask('addDrives', { drives })
  assert.deepEqual(
    added.map(({ id }) => id),
    [3, 4],
  )
  assert.deepEqual([prediction.profilesBefore[0]?.large.k, prediction.profilesAfter[0]?.large.k], [1, 2])
  assert.ok(prediction.reencodeBytes > 0)
  assert.ok(prediction.warnings.some((warning) => warning.includes('share a file system')))
  await scene.work(scene.mender)
  const { lastMove } = await scene.ask('status')
  assert.ok((lastMove?.reencodedBytes ?? 0) > 0)
  assert.equal(lastMove?.reason, 'add drives 3, 4')
  await scene.requireAll('five drives')
})

test('addDrives: folders that cannot be drives are refused, each with what to do', async (t) => {
  const { scene, root } = await begin(t, 2)
  const { storeId, nextDevice } = scene.maps.current.map
  const device = { deviceId: 'x', createdMs: scene.clock.now() }
  const folder = (name: string) => join(root, name)
  await mkdir(folder('foreign'))
  await writeFile(join(folder('foreign'), 'photo.jpg'), 'x')
  await writeFile(folder('file'), 'x')
  const other = '00000000-0000-4000-8000-00000000000f'
  await formatDrive(folder('other'), { ...device, deviceId: other, storeId: other, device: 0 })
  await formatDrive(folder('ours'), {
    ...device,
    storeId,
    deviceId: scene.maps.current.map.devices[1]?.uuid as string,
    device: 1,
  })
  await formatDrive(folder('former'), { ...device, deviceId: other, storeId, device: nextDevice - 1 })
  const refused: readonly (readonly [string, RegExp, RegExp])[] = [
    ['foreign', /holds other files \(photo\.jpg/, /Name an empty folder/],
    ['file', /not a folder/, /^$/],
    ['other', /drive of another store/, /Name an empty folder/],
    ['ours', /drive 1 of this store already/, /Name an empty folder/],
    ['former', /was drive 1 of this store and was taken out/, /Empty it/],
    ['file/below', /ENOTDIR|not a directory/, /^$/],
  ]
  for (const [name, message, remedy] of refused) {
    for (const operation of ['planAdd', 'addDrives'] as const) {
      await assert.rejects(
        scene.ask(operation, { drives: [newDrive(folder('new')), newDrive(folder(name))] }),
        (error) => {
          const { code, message: text, remedy: what = '' } = error as Error & { code: string; remedy?: string }
          assert.deepEqual([code, text.includes(folder(name))], ['UnusableDrive', true], text)
          assert.match(text, message)
          assert.match(what, remedy)
          return true
        },
      )
    }
  }
  const twice = [newDrive(folder('new')), newDrive(`${folder('new')}/`)]
  await assert.rejects(scene.ask('addDrives', { drives: twice }), { code: 'InvalidRequest' })
  const nested = [newDrive(folder('new')), newDrive(folder('new/x'))]
  await assert.rejects(scene.ask('addDrives', { drives: nested }), { code: 'InvalidRequest' })
  await assert.rejects(scene.ask('planAdd', { drives: [newDrive('/d0/x')] }), { message: /lie in one another/ })
  const elsewhere = [newDrive(folder('new'), { host: 'h0', rack: 'r' })]
  await assert.rejects(scene.ask('planAdd', { drives: elsewhere }), { code: 'Conflict', message: /name the same rack/ })
  assert.ok(!(await readdir(root)).includes('new'))
  assert.equal(scene.maps.current.map.devices.length, 2)
})

test('addDrives: what was broken off is taken up again', async (t) => {
  const { scene, root } = await begin(t, 2)
  const path = join(root, 'd2')
  const change = scene.change.bind(scene)
  scene.change = () => {
    throw new Error('no drive takes the map')
  }
  await assert.rejects(scene.ask('addDrives', { drives: [newDrive(path)] }), /no drive takes the map/)
  const { deviceId } = await readDeviceFile(openLocalDrive(path))
  scene.change = change
  await scene.ask('addDrives', { drives: [newDrive(path)] })
  assert.equal(scene.maps.current.map.devices[2]?.uuid, deviceId)
})

test('addDrives: one after the other, with numbers of their own', async (t) => {
  const { scene, root } = await begin(t, 2)
  const names = ['a', 'b', 'c']
  const replies = await Promise.all(
    names.map((name) => scene.ask('addDrives', { drives: [newDrive(join(root, name))] })),
  )
  assert.deepEqual(
    replies.map(({ added }) => added[0]?.id),
    [2, 3, 4],
  )
  for (const [index, name] of names.entries()) {
    assert.equal((await readDeviceFile(openLocalDrive(join(root, name)))).device, 2 + index)
  }
})

test('addDrives: a new drive in the place of one that is gone has a number of its own', async (t) => {
  const { scene, root } = await begin(t, 6, 20)
  const path = join(root, 'd6')
  await scene.ask('addDrives', { drives: [newDrive(path)] })
  await scene.work(scene.mender)
  await assert.rejects(scene.ask('addDrives', { drives: [newDrive(path)] }), {
    message: /is drive 6 of this store already/,
  })
  await rm(path, { recursive: true })
  await mkdir(path)
  await assert.rejects(scene.ask('addDrives', { drives: [newDrive(path)] }), { message: /drive 6 is there/ })
  scene.change((map) => markDown(map, 6, scene.clock.now()))
  const { added, prediction } = await scene.ask('addDrives', { drives: [newDrive(path)] })
  assert.equal(added[0]?.id, 7)
  assert.ok(prediction.warnings.some((warning) => /was drive 6, which is down.*--force/.test(warning)))
  await scene.ask('removeDrive', { drive: 6, force: true })
  await scene.work(scene.mender)
  scene.change((map) => finishLeaving(startLeaving(map, 6), 6))
  await scene.requireAll('drive 7 is in the place of drive 6')
  assert.equal((await scene.ask('status')).verdict, 'full')
})

test('addDrives: where another file system was, an empty folder may be a mount point', async (t) => {
  const { scene, root } = await begin(t, 6)
  const path = join(root, 'd6')
  await scene.ask('addDrives', { drives: [newDrive(path)] })
  await rm(path, { recursive: true })
  await mkdir(path)
  scene.change((map) => {
    const devices = map.devices.map((each) => (each.id === 6 ? { ...each, fileSystemId: '77/mount' } : each))
    return markDown({ ...map, devices }, 6, scene.clock.now())
  })
  await assert.rejects(scene.ask('addDrives', { drives: [newDrive(path)] }), { remedy: /Is it mounted\?/ })
  assert.deepEqual(await readdir(path), [])
})
