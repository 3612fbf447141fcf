import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { decode, storedChunkBytes } from '@headrace/erasure'
import { SimClock } from '../../sim/sim-clock.ts'
import { SimDrive } from '../../sim/sim-drive.ts'
import { SimRandom } from '../../sim/sim-random.ts'
import { timeOrderedId } from '../../src/core/ids.ts'
import type { Runtime } from '../../src/core/runtime.ts'
import { type DataWriterOptions, type WrittenData, writeData } from '../../src/store/embedded/data/data-writer.ts'
import { MemoryBudget } from '../../src/store/embedded/data/memory-budget.ts'
import { chunkPath, segmentPath } from '../../src/store/embedded/data/paths.ts'
import { blockBytes, codeOf, saltOf, singlePool } from '../../src/store/embedded/data/pool.ts'
import { type SealedSegment, SegmentsByDrive } from '../../src/store/embedded/data/segments-by-drive.ts'
import { type Span, SpanPool, SpanPools } from '../../src/store/embedded/data/span.ts'
import type { Drive } from '../../src/store/embedded/drive/drive.ts'
import { Drives } from '../../src/store/embedded/drive/drives.ts'
import { FileCache } from '../../src/store/embedded/drive/file-cache.ts'
import { blockChecksum } from '../../src/store/embedded/format/checksum.ts'
import { chunkFileHeaderBytes, decodeChunkHeader } from '../../src/store/embedded/format/chunk-header.ts'
import type { ChunkLocation, DataRow } from '../../src/store/embedded/format/data-row.ts'
import { smallBytesMax } from '../../src/store/embedded/placement/profiles.ts'
import type { Pool } from '../../src/store/embedded/placement/store-map.ts'
import { bodyOf } from '../conformance/harness.ts'
import { recordEvents } from './events.ts'
import { FailingDrive } from './failing-drive.ts'
import { HangingDrive } from './hanging-drive.ts'
import { finish } from './sim-store.ts'

export const session = 7

/** Of a drive, for tests to change. */
export interface SceneDrive {
  readonly sim: SimDrive
  readonly failing: FailingDrive
  readonly hanging: HangingDrive
  isUp: boolean
  readonly health: typeof healthy
}

export interface SceneOptions {
  readonly k: number
  readonly m: number
  /** Of small data; default: m + 1 copies. */
  readonly small?: { readonly k: number; readonly m: number }
  readonly budgetBytes?: number
}

/** Counts spans that are in use. */
class CountedSpans extends SpanPools {
  inUse = 0
  most = 0
  readonly #pools = new Map<number, SpanPool>()

  override of(blocks: number): SpanPool {
    const known = this.#pools.get(blocks)
    if (known !== undefined) return known
    const count = (change: number) => {
      this.inUse += change * blocks
      this.most = Math.max(this.most, this.inUse)
    }
    const pool = new (class extends SpanPool {
      override take(): Span {
        count(1)
        return super.take()
      }

      override give(span: Span): void {
        count(-1)
        // Whoever still reads it notices.
        span.data.fill(0xee)
        super.give(span)
      }
    })(blocks)
    this.#pools.set(blocks, pool)
    return pool
  }
}

/** Some simulated drives, and what data is written to them with. Chunk c of a data belongs on drive c. */
export class WriteScene {
  readonly clock = new SimClock()
  readonly random = new SimRandom(1)
  readonly events = recordEvents()
  readonly runtime: Runtime = { clock: this.clock, random: this.random, events: this.events }
  readonly small: Pool
  readonly large: Pool
  readonly drives: readonly SceneDrive[]
  readonly spans = new CountedSpans()
  readonly sealed: SealedSegment[] = []
  readonly troubles: { device: number; error: unknown }[] = []
  readonly options: DataWriterOptions

  constructor({ k, m, small = { k: 1, m }, budgetBytes = 128 * 1024 * 1024 }: SceneOptions) {
    this.small = { ...singlePool, ...small, id: 1 }
    this.large = { ...singlePool, k, m, id: 2 }
    this.drives = Array.from({ length: Math.max(k + m, small.k + small.m) }, () => this.#makeDrive())
    const { clock, runtime } = this
    const open = new Drives(
      this.drives.map(({ hanging: drive, health }, device) => ({
        device,
        root: `/drive${device}`,
        drive,
        background: drive,
        files: new FileCache(drive, clock),
        health,
      })),
    )
    const seal = async (segment: SealedSegment) => this.sealed.push(segment)
    this.options = {
      drives: open,
      placement: () => ({
        poolFor: (_bucket: string, _class: string, sizeBytes: number) =>
          sizeBytes <= smallBytesMax ? this.small : this.large,
        setOf: (pool: Pool) => Array.from({ length: pool.k + pool.m }, (_, device) => device),
        isUp: (device: number) => this.drives[device]?.isUp === true,
      }),
      segments: new SegmentsByDrive({ session, runtime, seal }),
      spans: this.spans,
      budget: new MemoryBudget(budgetBytes),
      runtime,
      trouble: (device, error) => this.troubles.push({ device, error }),
    }
  }

  #makeDrive(): SceneDrive {
    const sim = new SimDrive(this.clock, this.random)
    const failing = new FailingDrive(sim)
    return { sim, failing, hanging: new HangingDrive(failing), isUp: true, health: { ...healthy } }
  }

  /** Lets simulated time pass until the work is done. */
  finish<T>(work: Promise<T>): Promise<T> {
    return finish(this.clock, work)
  }

  async write(bytes: Uint8Array, how: Parameters<typeof bodyOf>[1] = {}): Promise<WrittenData> {
    const dataId = timeOrderedId(this.runtime)
    const hint = { bucket: 'bucket', key: 'key', storageClass: 'STANDARD' }
    const { data } = await this.finish(writeData(bodyOf(bytes, how), { md5: false }, dataId, hint, this.options))
    return data
  }

  /** Every file on the drives, segments left aside: their records are garbage once they are settled. */
  chunkFiles(): string[] {
    return this.drives.flatMap(({ sim }, device) =>
      [...sim.files().keys()].filter((path) => !path.startsWith('segments/')).map((path) => `${device}: ${path}`),
    )
  }

  /** What is on the drives after a power cut. */
  cutPower(): void {
    for (const { sim } of this.drives) sim.powerUp()
  }

  /** The bytes of the chunks that a row names, by number, checked. */
  async chunksOf({ dataId, row }: WrittenData): Promise<(Buffer | undefined)[]> {
    const locations = row.chunks as readonly ChunkLocation[]
    return await Promise.all(locations.map((location, chunk) => this.#readChunk(dataId, row, { location, chunk })))
  }

  async #readChunk(
    dataId: Buffer,
    row: Omit<DataRow, 'references'>,
    { location, chunk }: { location: ChunkLocation; chunk: number },
  ): Promise<Buffer | undefined> {
    if (location.kind === 'missing') return undefined
    const pool = row.pool === this.small.id ? this.small : this.large
    const { device } = location
    assert.equal(device, chunk)
    const { sim } = this.drives[device] as SceneDrive
    const isFile = location.kind === 'file'
    const path = isFile ? chunkPath({ dataId, chunk, ...location }) : segmentPath(location.segment)
    const sizeBytes = isFile ? (sim.files().get(path) ?? 0) : location.recordBytes
    const stored = await this.finish(readAt(sim, path, isFile ? 0 : location.offset, sizeBytes))
    const { header, headerBytes } = decodeChunkHeader(stored)
    const { k, m } = pool
    const chunkBytes = storedChunkBytes({ k, unitBytes: blockBytes, sizeBytes: row.lengthBytes }, chunk)
    assert.deepEqual(header, {
      ...{ dataId, chunk, k, m, blockBytes, chunkBytes, session, bucket: 'bucket', key: 'key' },
      dataBytes: row.lengthBytes,
    })
    assert.equal(headerBytes, isFile ? chunkFileHeaderBytes : location.headerBytes)
    const blocks = checkedBlocks(stored.subarray(headerBytes), dataId, saltOf(pool, chunk))
    assert.equal(blocks.length, chunkBytes)
    return blocks
  }

  /** The data, from the first k of these chunks. */
  decode({ row }: WrittenData, chunks: readonly (Buffer | undefined)[], from: readonly number[]): Buffer {
    const pool = row.pool === this.small.id ? this.small : this.large
    const { k } = pool
    if (k === 1) return chunks[from[0] as number] as Buffer
    const paddedBytes = storedChunkBytes({ k, unitBytes: blockBytes, sizeBytes: row.lengthBytes }, k)
    const given = from.slice(0, k).map((index) => {
      const bytes = Buffer.alloc(paddedBytes)
      bytes.set(chunks[index] as Buffer)
      return { index, bytes }
    })
    const columns = decode(codeOf(pool), given)
    const units: Uint8Array[] = []
    for (let at = 0; at < paddedBytes; at += blockBytes) {
      for (const column of columns) units.push(column.subarray(at, at + blockBytes))
    }
    return Buffer.concat(units).subarray(0, row.lengthBytes)
  }

  /** What a row names is the data: from the first chunks, and from the last. */
  async requireContent(data: WrittenData, bytes: Buffer): Promise<void> {
    if (data.row.chunks === 'inline') return assert.ok(data.body?.equals(bytes))
    const chunks = await this.chunksOf(data)
    const there = chunks.flatMap((chunk, index) => (chunk === undefined ? [] : [index]))
    assert.ok(this.decode(data, chunks, there).equals(bytes), 'from the first chunks')
    assert.ok(this.decode(data, chunks, there.toReversed()).equals(bytes), 'from the last chunks')
  }
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

async function readAt(drive: Drive, path: string, position: number, sizeBytes: number): Promise<Buffer> {
  const bytes = Buffer.alloc(sizeBytes)
  const file = await drive.open(path, 'read')
  assert.equal(await file.read([bytes], position), sizeBytes)
  return bytes
}

function checkedBlocks(stored: Buffer, dataId: Buffer, salt: number): Buffer {
  const blocks: Buffer[] = []
  for (let at = 0; at < stored.length; at += blockBytes + 4) {
    const end = Math.min(at + blockBytes, stored.length - 4)
    const block = stored.subarray(at, end)
    assert.equal(stored.readUInt32LE(end), blockChecksum(block, dataId, blocks.length, salt))
    blocks.push(block)
  }
  return Buffer.concat(blocks)
}

/** Bytes of which no two blocks are the same. */
export function sample(sizeBytes: number): Buffer {
  const bytes = Buffer.alloc(sizeBytes, createHash('sha512').update('sample').digest())
  for (let at = 0; at + 4 <= sizeBytes; at += 4096) bytes.writeUInt32LE(at, at)
  return bytes
}
