import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { DriveFaults, type Fault } from '../../src/store/embedded/drive/faulty-drive.ts'
import { type DataRow, decodeDataRow } from '../../src/store/embedded/format/data-row.ts'
import { requireBucket } from '../../src/store/embedded/gateway/services.ts'
import { detailsOf, findEntry } from '../../src/store/embedded/index/entries.ts'
import { type OpenedWholeStore, openWholeStore } from '../../src/store/embedded/open-embedded.ts'
import { openLocalPlace } from '../../src/store/embedded/open-local-place.ts'
import { createStoreWork, type StoreWork } from '../../src/work/store-workers.ts'
import { noReserve, runtime, type Test, temporaryFolder } from '../open-store.ts'
import { until } from './waiting.ts'

export type Tier = 'hot' | 'cold'

/** Opens a store in folders: so many hot drives, then cold ones. */
export async function openTiers(folders: readonly string[], hot: number, faults = new DriveFaults(runtime)) {
  const places = folders.slice(hot).map((path) => ({ path, deviceClass: 'cold' }))
  const failed = (error: unknown) => {
    throw error
  }
  const place = await openLocalPlace({ folders, places, faults }, runtime)
  return await openWholeStore({ place, runtime, failed, reserve: noReserve })
}

/** A store on hot and cold drives, all of them folders, which tests look into. */
export class TieredStore {
  readonly opened: OpenedWholeStore
  readonly faults: DriveFaults
  readonly #work: StoreWork

  private constructor(opened: OpenedWholeStore, faults: DriveFaults) {
    this.opened = opened
    this.faults = faults
    const { keeperStore, oldestSeq } = opened
    this.#work = createStoreWork(keeperStore, { ownReads: oldestSeq, finishLeaving: async () => {} })
  }

  static async open(t: Test, { hot, cold }: { hot: number; cold: number }): Promise<TieredStore> {
    const root = await temporaryFolder(t)
    const folders = Array.from({ length: hot + cold }, (_, number) => join(root, `d${number}`))
    const tiers = await TieredStore.openAt(folders, hot)
    t.after(() => tiers.close())
    return tiers
  }

  static async openAt(folders: readonly string[], hot: number): Promise<TieredStore> {
    const faults = new DriveFaults(runtime)
    return new TieredStore(await openTiers(folders, hot, faults), faults)
  }

  /** The data of an object, in its order, by id in hexadecimal digits. */
  rowsOf(bucket: string, key: string): Map<string, DataRow> {
    const { index } = this.opened.keeperStore
    index.refresh()
    const found = findEntry(index, requireBucket(index, bucket).id, key)
    assert.ok(found, `${key} is in the index`)
    const { extents } = detailsOf(index, found.entry)
    return new Map(
      extents.map(({ dataId }) => [dataId.toString('hex'), decodeDataRow(index.get('data', dataId) as Buffer)]),
    )
  }

  /** What an object is on, as its rows say: `hot`, `cold`, `index`, or several of them. A late drive may lack a chunk. */
  classesOf(bucket: string, key: string): string {
    const { current } = this.opened.keeperStore.maps
    const classes = [...this.rowsOf(bucket, key).values()].flatMap(({ chunks }) => {
      if (chunks === 'inline') return 'index'
      return chunks.flatMap((chunk) => (chunk.kind === 'missing' ? [] : current.device(chunk.device)?.deviceClass))
    })
    return [...new Set(classes)].sort().reverse().join(' ')
  }

  devicesOf(tier: Tier): number[] {
    const { devices } = this.opened.keeperStore.maps.current.map
    return devices.filter(({ deviceClass }) => deviceClass === tier).map(({ id }) => id)
  }

  /** The same fault for all drives of a tier; undefined for none any more. */
  fault(tier: Tier, fault: Fault | undefined): void {
    for (const device of this.devicesOf(tier)) this.faults.setFault(device, fault)
  }

  /** A write waits on every drive of the tier. */
  async untilStuck(tier: Tier): Promise<void> {
    const { drives } = this.opened.keeperStore
    const isStuck = (device: number) => (drives.get(device)?.health.inFlight ?? 0) > 0
    await until(`${tier} drives are stuck`, () => this.devicesOf(tier).every(isStuck))
  }

  /** Chunks in files of their own on drives of a tier, whole ones and others. */
  async filesOn(tier: Tier): Promise<string[]> {
    const files: string[] = []
    for (const device of this.devicesOf(tier)) {
      const root = this.opened.keeperStore.drives.get(device)?.root as string
      for (const folder of ['chunks', 'tmp']) {
        for (const found of await readdir(join(root, folder), { recursive: true, withFileTypes: true })) {
          if (found.isFile() && !found.name.endsWith('-probe')) files.push(`${device}/${folder}/${found.name}`)
        }
      }
    }
    return files.sort()
  }

  /** A background worker does all that it finds to do. */
  async work(name: 'empty-trash' | 'sweep-sessions'): Promise<void> {
    const worker = this.#work.workers.find((each) => each.name === name)
    assert.ok(worker)
    while ((await worker.step(new AbortController().signal)) === 'more');
  }

  /** Clears away until drives have the chunk files that rows name, and no others. */
  async untilTidy(): Promise<void> {
    await until('nothing is left over', async () => {
      await this.work('sweep-sessions')
      await this.work('empty-trash')
      const files = [...(await this.filesOn('hot')), ...(await this.filesOn('cold'))]
      return files.length === this.#namedFiles()
    })
  }

  #namedFiles(): number {
    const { index } = this.opened.keeperStore
    let count = 0
    for (const { value } of index.scan('data', { from: Buffer.alloc(0) })) {
      const { chunks } = decodeDataRow(value)
      if (chunks !== 'inline') count += chunks.filter(({ kind }) => kind === 'file').length
    }
    return count
  }

  async close(): Promise<void> {
    this.faults.setAll([])
    await this.#work.close()
    await this.opened.close()
  }
}
