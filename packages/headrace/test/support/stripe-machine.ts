import { createCode, encode } from '@headrace/erasure'
import type { ByteSink } from '@headrace/s3'
import { SimClock } from '../../sim/sim-clock.ts'
import { SimRandom } from '../../sim/sim-random.ts'
import type { ChunkSource } from '../../src/store/embedded/data/chunk-reader.ts'
import { chunkPath, segmentPath } from '../../src/store/embedded/data/paths.ts'
import { blockBytes, chunkBytesOf, saltOf } from '../../src/store/embedded/data/pool.ts'
import { type Span, SpanPool, SpanPools } from '../../src/store/embedded/data/span.ts'
import type { Drive, DriveFile } from '../../src/store/embedded/drive/drive.ts'
import type { DriveHealth } from '../../src/store/embedded/drive/drive-health.ts'
import { Drives } from '../../src/store/embedded/drive/drives.ts'
import { FileCache } from '../../src/store/embedded/drive/file-cache.ts'
import { blockChecksum } from '../../src/store/embedded/format/checksum.ts'
import { chunkFileHeaderBytes, encodeChunkHeader } from '../../src/store/embedded/format/chunk-header.ts'
import type { ChunkLocation, DataRow } from '../../src/store/embedded/format/data-row.ts'
import type { Pool } from '../../src/store/embedded/placement/store-map.ts'
import { HedgeBudget } from '../../src/store/embedded/stripes/hedge-budget.ts'
import { newReadCounters, type ReadOptions } from '../../src/store/embedded/stripes/read-request.ts'
import { finish } from './finish.ts'

/** Repeated, it makes no two blocks of a data equal: its length does not divide theirs. */
const pattern = new SimRandom(1).bytes(65_521 + 1000)

/** The health of a drive as a test wants it to be. */
class TestHealth implements DriveHealth {
  isSlow = false
  readP50Ms = 0
  readP95Ms = 0
  writeP50Ms = 0
  writeP95Ms = 0
  inFlight = 0
  waiting = 0
  readonly #oldestCallMs: () => number

  constructor(oldestCallMs: () => number) {
    this.#oldestCallMs = oldestCallMs
  }

  get oldestCallMs(): number {
    return this.#oldestCallMs()
  }

  errors(): ReadonlyMap<string, number> {
    return new Map()
  }
}

/** A drive in memory that does what a test tells it. It answers at once, unless it is told otherwise. */
export class TestDrive implements Drive {
  readonly name: string
  readonly files = new Map<string, Buffer>()
  readonly health = new TestHealth(() => this.#oldestCallMs())
  readonly #clock: SimClock
  readonly #stuck: (() => void)[] = []
  /** When each call under way began. */
  readonly #began = new Set<{ ms: number }>()
  /** Calls fail with it. */
  errorCode: string | undefined
  /** The n-th call from now fails, and no other; 0 for none. */
  failsIn = 0
  delayMs = 0
  isStuck = false
  reads = 0
  bytesRead = 0

  constructor(clock: SimClock, name: string) {
    this.#clock = clock
    this.name = name
  }

  /** Lets go the calls that are stuck, and those to come. */
  unstick(): void {
    this.isStuck = false
    for (const resume of this.#stuck.splice(0)) resume()
  }

  async open(path: string): Promise<DriveFile> {
    await this.#call()
    const content = () => {
      const bytes = this.files.get(path)
      if (bytes === undefined) throw Object.assign(new Error(`ENOENT: ${path}`), { code: 'ENOENT' })
      return bytes
    }
    content()
    const notHere = () => Promise.reject(new Error('these drives are only read'))
    return {
      read: async (into, position) => {
        this.reads += 1
        await this.#call()
        let at = position
        for (const buffer of into) at += content().copy(buffer, 0, Math.min(at, content().length), at + buffer.length)
        this.bytesRead += at - position
        return at - position
      },
      write: notHere,
      sync: notHere,
      truncate: notHere,
      size: async () => content().length,
      close: async () => {},
    }
  }

  async #call(): Promise<void> {
    this.failsIn -= 1
    const fails = this.failsIn === 0
    const call = { ms: this.#clock.monotonic() }
    this.#began.add(call)
    this.health.inFlight += 1
    try {
      if (this.delayMs > 0) await this.#clock.sleep(this.delayMs)
      if (this.isStuck) await new Promise<void>((resolve) => this.#stuck.push(resolve))
    } finally {
      this.#began.delete(call)
      this.health.inFlight -= 1
    }
    const code = this.errorCode ?? (fails ? 'EIO' : undefined)
    if (code !== undefined) throw Object.assign(new Error(`${code}: as the test wants it`), { code })
  }

  #oldestCallMs(): number {
    const [oldest] = this.#began
    return oldest === undefined ? 0 : this.#clock.monotonic() - oldest.ms
  }

  rename = () => Promise.reject(new Error('these drives are only read'))
  remove = this.rename
  syncFolder = this.rename
  list = this.rename
  makeFolder = this.rename
  space = this.rename
  folderId = this.rename
}

/** Fills what is given back with rubbish: whoever still uses it is found out. */
class WatchedSpans extends SpanPool {
  readonly out = new Set<Span>()
  #most = 0

  get most(): number {
    return this.#most
  }

  override take(): Span {
    const span = super.take()
    this.out.add(span)
    this.#most = Math.max(this.#most, this.out.size)
    return span
  }

  override give(span: Span): void {
    if (!this.out.delete(span)) throw new Error('a span is given back twice')
    span.data.fill(0xdd)
    super.give(span)
  }
}

class WatchedPools extends SpanPools {
  readonly all = new Map<number, WatchedSpans>()

  override of(blocks: number): SpanPool {
    const pool = this.all.get(blocks) ?? new WatchedSpans(blocks)
    this.all.set(blocks, pool)
    return pool
  }
}

export interface TestData {
  readonly dataId: Buffer
  readonly row: DataRow
  readonly bytes: Buffer
}

/** Some drives, one for each chunk of a profile, and data that lies on them. */
export class StripeMachine {
  readonly clock = new SimClock()
  readonly random = new SimRandom(7)
  readonly pool: Pool
  readonly all: readonly TestDrive[]
  readonly drives: Drives
  readonly down = new Set<number>()
  readonly pools = new WatchedPools()
  readonly faults: { source: ChunkSource; error: unknown }[] = []
  readonly options: ReadOptions & { hedges: HedgeBudget }
  #made = 0

  constructor(k: number, m: number) {
    this.pool = { id: 1, k, m, pgCount: 1, blockBytes, deviceClass: 'hot', failureDomain: 'drive' }
    this.all = Array.from({ length: k + m }, (_, device) => new TestDrive(this.clock, `drive ${device}`))
    this.drives = new Drives()
    for (const device of this.all.keys()) this.open(device)
    this.options = {
      drives: this.drives,
      placement: () => ({ pool: () => this.pool, isUp: (device) => !this.down.has(device) }),
      spans: this.pools,
      clock: this.clock,
      hedges: new HedgeBudget(),
      counters: newReadCounters(),
      faults: (source, error) => this.faults.push({ source, error }),
    }
  }

  open(device: number): void {
    const drive = this.drive(device)
    const files = new FileCache(drive, this.clock)
    this.drives.add({ device, root: drive.name, drive, background: drive, files, health: drive.health })
  }

  drive(device: number): TestDrive {
    return this.all[device] as TestDrive
  }

  /** Spans that were taken and not given back. */
  get spansOut(): number {
    return [...this.pools.all.values()].reduce((sum, { out }) => sum + out.size, 0)
  }

  /** Most spans that were out at a time. */
  get spansMost(): number {
    return Math.max(...[...this.pools.all.values()].map(({ most }) => most))
  }

  finish<T>(work: Promise<T>): Promise<T> {
    return finish(this.clock, work)
  }

  /** Puts a data of random bytes on the drives, chunk i on drive i. */
  store(lengthBytes: number, kind: 'file' | 'segment' = 'file'): TestData {
    const { k } = this.pool
    const content = Buffer.alloc(lengthBytes, pattern.subarray(this.random.below(1000)))
    const dataId = this.random.bytes(16)
    const chunks = chunksOf(content, this.pool).map((chunk, index): ChunkLocation => {
      const stored = chunk.subarray(0, chunkBytesOf(this.pool, lengthBytes, index))
      return this.#put({ dataId, index, stored, lengthBytes, kind })
    })
    if (chunks.length < k) throw new Error('a data has k chunks at least')
    return { dataId, row: { references: 1, pool: 1, lengthBytes, chunks }, bytes: content }
  }

  #put(input: { dataId: Buffer; index: number; stored: Buffer; lengthBytes: number; kind: string }): ChunkLocation {
    const { dataId, index, stored, lengthBytes, kind } = input
    const { k, m } = this.pool
    const header = {
      ...{ dataId, chunk: index, k, m, blockBytes, dataBytes: lengthBytes, chunkBytes: stored.length, session: 3 },
      ...{ bucket: 'bucket', key: 'key' },
    }
    const blocks: Buffer[] = []
    for (let at = 0; at < stored.length; at += blockBytes) {
      const block = stored.subarray(at, at + blockBytes)
      const checksum = Buffer.alloc(4)
      checksum.writeUInt32LE(blockChecksum(block, dataId, at / blockBytes, saltOf(this.pool, index)))
      blocks.push(block, checksum)
    }
    const { files } = this.drive(index)
    if (kind === 'file') {
      const location = { kind: 'file', device: index, session: 3, serial: 0 } as const
      const path = chunkPath({ dataId, chunk: index, ...location })
      files.set(path, Buffer.concat([encodeChunkHeader(header, chunkFileHeaderBytes), ...blocks]))
      return location
    }
    const segment = { session: 3, number: this.#made++ }
    const before = Buffer.alloc(1000 + index)
    const head = encodeChunkHeader(header)
    const record = Buffer.concat([head, ...blocks])
    files.set(segmentPath(segment), Buffer.concat([before, record, Buffer.alloc(100_000, 1)]))
    const [offset, headerBytes, recordBytes] = [before.length, head.length, record.length]
    return { kind: 'segment', device: index, segment, offset, headerBytes, recordBytes }
  }

  /** Flips a bit of a block of a chunk. */
  corrupt({ dataId, row }: TestData, chunk: number, block = 0): void {
    const location = row.chunks[chunk] as ChunkLocation
    if (location.kind === 'missing') return
    const path = location.kind === 'file' ? chunkPath({ dataId, chunk, ...location }) : segmentPath(location.segment)
    const begin = location.kind === 'file' ? chunkFileHeaderBytes : location.offset + location.headerBytes
    const bytes = this.drive(location.device).files.get(path) as Buffer
    const at = begin + block * (blockBytes + 4) + 5
    if (at < bytes.length) bytes[at] = (bytes[at] as number) ^ 4
  }

  /** Removes the file of a chunk. */
  remove({ dataId, row }: TestData, chunk: number): void {
    const location = row.chunks[chunk] as ChunkLocation
    if (location.kind === 'missing') return
    const path = location.kind === 'file' ? chunkPath({ dataId, chunk, ...location }) : segmentPath(location.segment)
    this.drive(location.device).files.delete(path)
  }
}

/** The row as it is when some chunks could not be written. */
export function without(data: TestData, missing: readonly number[]): TestData {
  const chunks = (data.row.chunks as readonly ChunkLocation[]).map((location, chunk): ChunkLocation => {
    return missing.includes(chunk) ? { kind: 'missing' } : location
  })
  return { ...data, row: { ...data.row, chunks } }
}

/** Every chunk with its padding. */
function chunksOf(content: Buffer, { k, m }: Pool): Buffer[] {
  if (k === 1) return Array.from({ length: 1 + m }, () => content)
  const rows = Math.ceil(content.length / (k * blockBytes))
  const data = Array.from({ length: k }, () => Buffer.alloc(rows * blockBytes))
  for (let unit = 0; unit * blockBytes < content.length; unit += 1) {
    const row = Math.floor(unit / k)
    content.copy(data[unit % k] as Buffer, row * blockBytes, unit * blockBytes, (unit + 1) * blockBytes)
  }
  const coding = Array.from({ length: m }, () => Buffer.alloc(rows * blockBytes))
  encode(createCode({ k, m }), data, coding)
  return [...data, ...coding]
}

/** Keeps a copy of what it gets. */
export function collector(): ByteSink & { bytes(): Buffer } {
  const chunks: Buffer[] = []
  return {
    write(chunk) {
      chunks.push(Buffer.from(chunk))
      return undefined
    },
    bytes: () => Buffer.concat(chunks),
  }
}

/** Every way to choose up to `max` of the first `count` numbers. */
export function choices(count: number, max: number): number[][] {
  const all: number[][] = [[]]
  for (let number = 0; number < count; number += 1) {
    for (const choice of [...all]) if (choice.length < max) all.push([...choice, number])
  }
  return all
}
