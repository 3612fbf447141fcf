import assert from 'node:assert/strict'
import { test } from 'node:test'
import { crc32 } from 'node:zlib'
import { S3Error } from '@headrace/s3'
import { Auditor } from '../../sim/auditor.ts'
import type { ObjectStore } from '../../src/core/store.ts'
import { decodeDataRow } from '../../src/store/embedded/format/data-row.ts'
import type { KeeperStore } from '../../src/store/embedded/keeper-store.ts'
import { storeWorkers } from '../../src/work/store-workers.ts'
import { actions, context } from '../conformance/harness.ts'
import type { FailureCode } from '../support/failing-drive.ts'
import { type OpenedSimStore, SimMachine } from '../support/sim-store.ts'

const bucket = 'bucket'
/** For the index, for a segment, and for a file of its own. */
const sizes = { small: 100, middle: 20_000, large: 1_050_000 }

/** Names bytes, quickly: there are many to be compared. */
function contentOf(bytes: Uint8Array): string {
  return `${bytes.length} ${crc32(bytes)}`
}

/** One drive, the processes that use it one after the other, and somebody who knows what they have promised. */
class Scene extends SimMachine {
  readonly auditor = new Auditor<string>({ matches: Object.is, nameOf: (content) => content ?? 'nothing' })
  opened: OpenedSimStore | undefined

  override async open(): Promise<OpenedSimStore> {
    this.opened = await super.open()
    return this.opened
  }

  override kill(options: { withPowerCut: boolean }): void {
    this.opened = undefined
    this.auditor.processEnded()
    super.kill(options)
  }

  /** Writes, and tells the auditor what became of it. */
  async write(key: string, content: string | undefined, send: (store: ObjectStore) => Promise<unknown>): Promise<void> {
    const write = this.auditor.begin(key, content)
    try {
      await send((this.opened as OpenedSimStore).store)
      this.auditor.acknowledge(write)
    } catch (error) {
      const isKnown = error instanceof S3Error && error.code !== 'InternalError' && error.code !== 'ServiceUnavailable'
      if (isKnown) this.auditor.refuse(write)
    }
  }

  async put(key: string, size: number, fill: string): Promise<void> {
    const bytes = Buffer.alloc(size, fill)
    await this.write(key, contentOf(bytes), (store) => actions(store).put(bucket, key, bytes))
  }

  /** Reads every key; each holds what it may hold. */
  async check(): Promise<void> {
    const { get, list } = actions((this.opened as OpenedSimStore).store)
    const listed = new Set(await list(bucket))
    for (const key of this.auditor.keys()) {
      const check = this.auditor.beginRead(key)
      const found = await get(bucket, key).then(contentOf, (error) => {
        if (error instanceof S3Error && error.code === 'NoSuchKey') return undefined
        throw error
      })
      check(found)
      assert.equal(listed.has(key), found !== undefined, `the listing and the object ${key} agree`)
    }
  }

  /** The process is usable: a write succeeds, and everything can be read. */
  async goOn(): Promise<void> {
    // What found no space when the store was opened is asked for again.
    await this.clock.sleep(6_000)
    const before = this.auditor.acknowledged
    await this.put('afterwards', sizes.middle, 'afterwards')
    assert.equal(this.auditor.acknowledged, before + 1)
    await this.work()
    await this.check()
  }

  async work(): Promise<void> {
    const { keeperStore, oldestSeq } = this.opened as OpenedSimStore
    const workers = storeWorkers(keeperStore, oldestSeq).filter(({ name }) => name !== 'take-snapshots')
    for (let hasMore = true; hasMore; ) {
      hasMore = false
      for (const worker of workers) hasMore = (await worker.step(new AbortController().signal)) === 'more' || hasMore
    }
  }
}

/** A bit of everything that writes to the drive. */
async function script(scene: Scene): Promise<void> {
  for (const [key, size] of Object.entries(sizes)) await scene.put(key, size, 'first')
  await scene.put('middle', sizes.middle, 'second')
  await scene.write('composed', contentOf(Buffer.alloc(sizes.large, 'part')), async (store) => {
    const { upload, part } = actions(store)
    const uploadId = await upload(bucket, 'composed')
    await part(bucket, 'composed', uploadId, 1, Buffer.alloc(sizes.middle, 'replaced'))
    const parts = [await part(bucket, 'composed', uploadId, 1, Buffer.alloc(sizes.large, 'part'))]
    await store.completeMultipartUpload({ bucket, key: 'composed', uploadId, parts }, context())
  })
  await scene.write('small', undefined, (store) => store.deleteObject({ bucket, key: 'small' }, context()))
  await scene.write('large', undefined, (store) => store.deleteObject({ bucket, key: 'large' }, context()))
  // A step that fails is tried again later.
  await scene.work().catch(() => {})
  await scene.check().catch(rejectAssertions)
}

/** While calls fail, reads may fail too; but what is read must be right. */
function rejectAssertions(error: unknown): void {
  if (error instanceof assert.AssertionError) throw error
}

/** Every file on the drive belongs to something: nothing half-written is left. */
function requireTidy(scene: Scene, { index }: KeeperStore): void {
  index.refresh()
  let chunkFiles = 0
  for (const { value } of index.scan('data', { from: Buffer.alloc(0) })) {
    const { chunks } = decodeDataRow(value)
    if (chunks !== 'inline') chunkFiles += chunks.filter(({ kind }) => kind === 'file').length
  }
  assert.deepEqual(
    scene.files('tmp').filter((path) => !path.includes('probe')),
    [],
  )
  assert.equal(scene.files('chunks').length, chunkFiles, 'every chunk file is that of a data row')
  assert.deepEqual(
    scene.files('segments').filter((path) => path.endsWith('.new')),
    [],
  )
}

/** @returns the call that failed; undefined when the script has fewer */
async function failOnce(n: number, code: FailureCode, withPowerCut: boolean): Promise<string | undefined> {
  const scene = new Scene()
  const life = async () => {
    scene.drive.failAt(n, code)
    await scene.open()
    const { create } = actions((scene.opened as OpenedSimStore).store)
    await create(bucket).catch(() => create(bucket))
    await script(scene)
  }
  await scene.finish(life().catch(rejectAssertions))
  scene.drive.heal()
  const { failed } = scene.drive
  if (scene.opened !== undefined && scene.failures.length === 0 && failed !== undefined) {
    // The same process goes on as if nothing had been.
    await scene.finish(scene.goOn())
  }
  scene.kill({ withPowerCut })
  const next = async () => {
    const opened = await scene.open()
    await actions(opened.store).create(bucket)
    await scene.check()
    await scene.goOn()
    await opened.close()
    requireTidy(scene, opened.keeperStore)
  }
  await scene.finish(next())
  return failed
}

for (const code of ['EIO', 'ENOSPC'] as const) {
  for (const withPowerCut of [false, true]) {
    const what = withPowerCut ? 'and the power is cut then' : 'and the process is killed then'
    test(`${code}: whichever call fails, ${what}, what was acknowledged is there and nothing else`, async (t) => {
      let n = 0
      for (let failed: string | undefined = 'none yet'; failed !== undefined; ) {
        n += 1
        try {
          failed = await failOnce(n, code, withPowerCut)
        } catch (error) {
          throw new Error(`call ${n} fails with ${code}`, { cause: error })
        }
      }
      t.diagnostic(`${n - 1} calls`)
      assert.ok(n > 30)
    })
  }
}
