import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { MemoryIndex } from '../../sim/memory-index.ts'
import { SimClock } from '../../sim/sim-clock.ts'
import { SimDrive, SimPower } from '../../sim/sim-drive.ts'
import { SimRandom } from '../../sim/sim-random.ts'
import { type ForegroundLoad, noLoad } from '../../src/core/foreground-load.ts'
import { timeOrderedId } from '../../src/core/ids.ts'
import type { Runtime } from '../../src/core/runtime.ts'
import { readData } from '../../src/store/embedded/data/data-reader.ts'
import { type DataWriterOptions, gatherBudgetBytes, writeData } from '../../src/store/embedded/data/data-writer.ts'
import { MemoryBudget } from '../../src/store/embedded/data/memory-budget.ts'
import { chunkPath, segmentPath } from '../../src/store/embedded/data/paths.ts'
import { SegmentsByDrive } from '../../src/store/embedded/data/segments-by-drive.ts'
import { SpanPools } from '../../src/store/embedded/data/span.ts'
import { Drives } from '../../src/store/embedded/drive/drives.ts'
import { FileCache } from '../../src/store/embedded/drive/file-cache.ts'
import type { StoreLock } from '../../src/store/embedded/drive/store-lock.ts'
import { type ChunkLocation, decodeDataRow } from '../../src/store/embedded/format/data-row.ts'
import { encodeDetails } from '../../src/store/embedded/format/details.ts'
import { encodeEntry } from '../../src/store/embedded/format/entry.ts'
import type { SpaceReserve } from '../../src/store/embedded/gateway/space-guard.ts'
import { detailsOf, findEntry } from '../../src/store/embedded/index/entries.ts'
import { isAtHome } from '../../src/store/embedded/placement/belongs.ts'
import { nextMap } from '../../src/store/embedded/placement/edit-map.ts'
import { HeldMap } from '../../src/store/embedded/placement/held-map.ts'
import type { StoreMap } from '../../src/store/embedded/placement/store-map.ts'
import { newReadCounters } from '../../src/store/embedded/stripes/read-request.ts'
import type { WorkStore } from '../../src/work/work-store.ts'
import { bodyOf } from '../conformance/harness.ts'
import { storeOn } from './drives.ts'
import { recordEvents } from './events.ts'
import { FailingDrive } from './failing-drive.ts'
import { finish } from './finish.ts'
import { TestKeeper } from './test-keeper.ts'

export const sceneBucket = { name: 'bucket', id: 1 } as const

/** Of a drive, for tests to change. */
export interface SceneDrive {
  readonly sim: SimDrive
  readonly failing: FailingDrive
  health: typeof healthy
}

const healthy = {
  isSlow: false,
  readP50Ms: 0,
  readP95Ms: 0,
  writeP50Ms: 0,
  writeP95Ms: 0,
  inFlight: 0,
  waiting: 0,
  oldestCallMs: 0,
  errors: () => new Map<string, number>(),
}

/**
 * A store on some simulated drives, as background work has it, and a gateway that writes and reads objects the way the
 * real one does. What is awaited here takes simulated time.
 */
export class WorkScene implements WorkStore {
  readonly clock = new SimClock()
  readonly random: SimRandom
  readonly power = new SimPower()
  readonly events = recordEvents()
  readonly runtime: Runtime
  readonly index = new MemoryIndex()
  readonly keeper: TestKeeper
  readonly drives = new Drives()
  readonly disks: SceneDrive[] = []
  readonly maps: HeldMap
  readonly spans = new SpanPools()
  reserve: SpaceReserve = { reserveBytes: 0, reserveShare: 0 }
  load: ForegroundLoad = noLoad
  /** The bytes of every object, by key. */
  readonly objects = new Map<string, Buffer>()
  readonly troubles: { readonly device: number; readonly error: unknown }[] = []
  readonly #locks = new Set<number>()
  #writing: DataWriterOptions | undefined
  #gatewaySession: number | undefined

  constructor(map: number | StoreMap, seed = 1) {
    this.random = new SimRandom(seed)
    this.runtime = { clock: this.clock, random: this.random, events: this.events }
    this.keeper = new TestKeeper(this.index, this.clock, () => this.power.isCut)
    this.maps = new HeldMap(typeof map === 'number' ? storeOn(map) : map)
    this.keeper.hasDevice = (device) => this.maps.current.device(device) !== undefined
    this.keeper.isAtHome = (dataId, row) => isAtHome(dataId, row, this.maps.current)
    for (const { id } of this.maps.current.map.devices) this.openDrive(id)
  }

  static async begin(map: number | StoreMap, seed = 1): Promise<WorkScene> {
    const scene = new WorkScene(map, seed)
    const bucket = { name: 'bucket', ownerId: 'o', ownerName: 'o', location: '', acl: 'private' as const, createdMs: 0 }
    await scene.finish(scene.keeper.submit('createBucket', bucket))
    await scene.beginGateway()
    return scene
  }

  foregroundLoad(): ForegroundLoad {
    return this.load
  }

  reportTrouble(device: number, error: unknown): void {
    this.troubles.push({ device, error })
  }

  connectedSessions(): ReadonlyMap<number, number> {
    return new Map(this.#gatewaySession === undefined ? [] : [[this.#gatewaySession, this.keeper.lastSeq]])
  }

  lockSession(session: number): StoreLock {
    if (this.#locks.has(session)) throw new Error(`session ${session} lives`)
    this.#locks.add(session)
    return { release: () => this.#locks.delete(session) }
  }

  /** Lets simulated time pass until the work is done. */
  finish<T>(work: Promise<T>): Promise<T> {
    return finish(this.clock, work)
  }

  /** Opens the drive of a device; a new one if it has none yet. */
  openDrive(device: number): void {
    if (this.disks[device] === undefined) {
      const sim = new SimDrive(this.clock, this.random, { name: `/d${device}`, power: this.power })
      this.disks[device] = { sim, failing: new FailingDrive(sim), health: { ...healthy } }
    }
    const { failing: drive, health } = this.disks[device] as SceneDrive
    const files = new FileCache(drive, this.clock)
    this.drives.add({ device, root: `/d${device}`, drive, background: drive, files, health })
  }

  disk(device: number): SceneDrive {
    return this.disks[device] as SceneDrive
  }

  /** Changes the map, and opens drives that are new in it. */
  change(edit: (map: StoreMap) => StoreMap): void {
    const before = this.maps.current.map
    const map = nextMap(edit(before), { term: before.term, changedMs: this.clock.now() })
    for (const { id, isUp } of map.devices) if (isUp && this.drives.get(id) === undefined) this.openDrive(id)
    this.maps.take(map)
  }

  /** The process of the gateway ends, and another begins. */
  async beginGateway(): Promise<void> {
    if (this.#gatewaySession !== undefined) this.#locks.delete(this.#gatewaySession)
    const { runtime, keeper, spans } = this
    const { session } = await this.finish(keeper.submit('openSession', { processId: 1, startedMs: this.clock.now() }))
    this.lockSession(session)
    this.#gatewaySession = session
    this.#writing = {
      drives: this.drives,
      placement: () => this.maps.current,
      segments: new SegmentsByDrive({ session, runtime, seal: (sealed) => keeper.submit('sealSegment', sealed) }),
      spans,
      budget: new MemoryBudget(gatherBudgetBytes),
      runtime,
      trouble() {},
    }
  }

  /** The segments that the gateway has open are closed, as they are after a while. */
  async sealSegments(): Promise<void> {
    for (const { device } of this.drives.all()) this.#writing?.segments.seal(device)
    await this.finish(this.clock.sleep(50))
  }

  /** Everything in this machine is gone but what is on the drives and in the index. */
  async restart(): Promise<void> {
    this.clock.forgetTimers()
    this.power.restore()
    for (const { sim } of this.disks) sim?.settle()
    for (const { device } of this.drives.all()) this.openDrive(device)
    this.#locks.clear()
    this.#gatewaySession = undefined
    await this.beginGateway()
  }

  async put(key: string, bytes: Buffer): Promise<Buffer> {
    const dataId = timeOrderedId(this.runtime)
    const hint = { bucket: sceneBucket.name, key, storageClass: 'STANDARD' as const }
    const writing = this.#writing as DataWriterOptions
    const { data } = await this.finish(writeData(bodyOf(bytes), { md5: false }, dataId, hint, writing))
    const { row, body } = data
    const extents = [{ dataId, offset: 0, length: bytes.length }]
    const details = encodeDetails({ extents, parts: [], content: {}, metadata: {}, tags: [] })
    const entry = encodeEntry({
      commitSeq: 0,
      lastModifiedMs: this.clock.now(),
      sizeBytes: bytes.length,
      md5: createHash('md5').update(bytes).digest(),
      partsCount: 0,
      tagCount: 0,
      storageClass: 'STANDARD',
      acl: 'private',
      checksum: undefined,
      writeId: dataId,
      details: { inline: details },
    })
    const input = { bucket: sceneBucket, key, entry, details: undefined, references: [], conditions: undefined }
    await this.finish(this.keeper.submit('putEntry', { ...input, data: [{ dataId, ...row, body }] }))
    data.settle()
    this.objects.set(key, bytes)
    return dataId
  }

  async remove(key: string): Promise<void> {
    const input = { bucket: sceneBucket, objects: [{ key }], seenSeq: this.keeper.lastSeq }
    await this.finish(this.keeper.submit('deleteEntries', input))
    this.objects.delete(key)
  }

  async get(key: string): Promise<Buffer> {
    const found = findEntry(this.index, sceneBucket.id, key)
    assert.ok(found, `${key} is in the index`)
    const chunks: Buffer[] = []
    const write = (bytes: Uint8Array) => {
      chunks.push(Buffer.from(bytes))
      return undefined
    }
    for (const { dataId, offset, length } of detailsOf(this.index, found.entry).extents) {
      const row = decodeDataRow(this.index.get('data', dataId) as Buffer)
      if (row.chunks === 'inline') write(this.index.get('bodies', dataId) as Buffer)
      else await this.finish(readData({ dataId, row, offset, length }, { write }, this.#reading()))
    }
    return Buffer.concat(chunks)
  }

  /** Every object is what was written. */
  async requireAll(what: string): Promise<void> {
    for (const [key, bytes] of this.objects) assert.ok((await this.get(key)).equals(bytes), `${what}: ${key}`)
  }

  /** The rows of the index that have chunks, by id in hexadecimal digits. */
  rows(): Map<string, { pool: number; lengthBytes: number; chunks: readonly ChunkLocation[] }> {
    const rows = new Map<string, { pool: number; lengthBytes: number; chunks: readonly ChunkLocation[] }>()
    for (const { key, value } of this.index.scan('data', { from: Buffer.alloc(0) })) {
      const { chunks, pool, lengthBytes } = decodeDataRow(value)
      if (chunks !== 'inline') rows.set(key.toString('hex'), { pool, lengthBytes, chunks })
    }
    return rows
  }

  /** Where a chunk is: on which drive, in which file, and where its first block begins there. */
  placeOf(dataId: Buffer, chunk: number): { disk: SceneDrive; path: string; firstBlock: number } {
    const location = this.rows().get(dataId.toString('hex'))?.chunks[chunk]
    assert.ok(location !== undefined && location.kind !== 'missing')
    const disk = this.disk(location.device)
    if (location.kind === 'file') return { disk, path: chunkPath({ ...location, dataId, chunk }), firstBlock: 4096 }
    return { disk, path: segmentPath(location.segment), firstBlock: location.offset + location.headerBytes }
  }

  pathOf(dataId: Buffer, chunk: number): string {
    return this.placeOf(dataId, chunk).path
  }

  flip(dataId: Buffer, chunk: number, byte = 5): void {
    const { disk, path, firstBlock } = this.placeOf(dataId, chunk)
    disk.sim.flipBit(path, firstBlock + byte)
  }

  /** The file of a chunk disappears. */
  lose(dataId: Buffer, chunk: number): void {
    const { disk, path } = this.placeOf(dataId, chunk)
    disk.sim.replaceWith(new Map([...disk.sim.image()].filter(([name]) => name !== path)))
  }

  /** A drive that was pulled, or is empty now. */
  wipe(device: number): void {
    this.disk(device).sim.replaceWith(new Map())
  }

  /** Names of files below a folder of a drive. */
  files(device: number, folder: string): string[] {
    return [...this.disk(device).sim.files().keys()].filter((path) => path.startsWith(`${folder}/`)).sort()
  }

  #reading() {
    return {
      drives: this.drives,
      placement: () => this.maps.current,
      spans: this.spans,
      clock: this.clock,
      counters: newReadCounters(),
      faults() {},
    }
  }
}

/** Bytes of which no two blocks are equal, and no two objects. */
export function objectBytes(sizeBytes: number, name: string): Buffer {
  const bytes = Buffer.alloc(sizeBytes, createHash('sha512').update(name).digest())
  for (let at = 0; at + 4 <= sizeBytes; at += 4096) bytes.writeUInt32LE(at, at)
  return bytes
}
