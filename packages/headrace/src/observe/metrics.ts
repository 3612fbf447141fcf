import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { AccessRecord } from '../core/access-record.ts'

/** From a cached HEAD to a checkpoint of many gigabytes. */
const durationBuckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300]
const sizeBuckets = [0, 1024, 16_384, 65_536, 262_144, 1_048_576, 8_388_608, 67_108_864, 1_073_741_824]
const batchBuckets = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512]

/** What reads of data that is on drives have done so far, in one process. */
export interface ReadFigures {
  /** Of runs of blocks of a chunk. */
  readonly reads: number
  /** Those that were sent in addition because another was late. */
  readonly hedges: number
  /** Blocks that were computed from those of other chunks. */
  readonly rebuiltBlocks: number
  /** Chunks that turned out to be bad. */
  readonly suspects: number
}

/** Counters of a process that serves requests. Labels are few and bounded: keys, owners and ids go to the log. */
export class RequestMetrics {
  readonly registry = new Registry()
  readonly #requests = new Counter({
    name: 'headrace_requests_total',
    help: 'Requests that were answered, by operation and HTTP status.',
    labelNames: ['operation', 'status'] as const,
    registers: [this.registry],
  })
  readonly #duration = new Histogram({
    name: 'headrace_request_duration_seconds',
    help: 'Time from the request line to the last byte of the reply.',
    labelNames: ['operation'] as const,
    buckets: durationBuckets,
    registers: [this.registry],
  })
  readonly #firstByte = new Histogram({
    name: 'headrace_request_first_byte_seconds',
    help: 'Time from the request line to the first byte of the reply.',
    labelNames: ['operation'] as const,
    buckets: durationBuckets,
    registers: [this.registry],
  })
  readonly #bytes = new Counter({
    name: 'headrace_request_bytes_total',
    help: 'Bytes of request bodies (in) and of reply bodies (out), by operation.',
    labelNames: ['operation', 'direction'] as const,
    registers: [this.registry],
  })
  readonly #sizes = new Histogram({
    name: 'headrace_object_size_bytes',
    help: 'Sizes of the objects that requests were about.',
    labelNames: ['operation'] as const,
    buckets: sizeBuckets,
    registers: [this.registry],
  })
  readonly #inFlight = new Gauge({
    name: 'headrace_requests_in_flight',
    help: 'Requests that are under way.',
    registers: [this.registry],
  })
  readonly #driveFaults = new Counter({
    name: 'headrace_drive_faults_total',
    help: 'Calls to a drive that failed, and blocks that did not match their checksum.',
    registers: [this.registry],
  })

  requestStarted(): void {
    this.#inFlight.inc()
  }

  requestFinished(record: AccessRecord): void {
    const operation = record.operation ?? 'unknown'
    this.#inFlight.dec()
    this.#requests.inc({ operation, status: record.status })
    this.#duration.observe({ operation }, record.totalMs / 1000)
    this.#firstByte.observe({ operation }, record.firstByteMs / 1000)
    if (record.bytesIn > 0) this.#bytes.inc({ operation, direction: 'in' }, record.bytesIn)
    if (record.bytesOut > 0) this.#bytes.inc({ operation, direction: 'out' }, record.bytesOut)
    if (record.objectSize !== undefined) this.#sizes.observe({ operation }, record.objectSize)
  }

  driveFault(): void {
    this.#driveFaults.inc()
  }

  /** Shows what the reads of this process have done, as it stands when somebody asks. To be called once. */
  showReads(figures: ReadFigures): void {
    const counters: Record<keyof ReadFigures, readonly [name: string, help: string]> = {
      reads: ['headrace_drive_reads_total', 'Reads of runs of blocks of a chunk.'],
      hedges: ['headrace_drive_hedges_total', 'Reads that were sent in addition because another was late.'],
      rebuiltBlocks: ['headrace_rebuilt_blocks_total', 'Blocks that were computed from those of other chunks.'],
      suspects: ['headrace_suspect_chunks_total', 'Chunks that turned out to be bad, and were reported.'],
    }
    for (const [key, [name, help]] of Object.entries(counters)) {
      new Counter({
        name,
        help,
        registers: [this.registry],
        collect() {
          this.reset()
          this.inc(figures[key as keyof ReadFigures])
        },
      })
    }
  }
}

/** What the keeper knows of the store. */
export interface StoreFigures {
  readonly buckets: number
  readonly objects: number
  readonly bytes: number
  readonly indexBytes: number
  readonly journalBytes: number
  readonly freeBytes: number
  readonly totalBytes: number
  readonly trashEntries: number
  readonly segments: number
}

/** How a store over its drives does. */
export interface StoreHealth {
  /** Data rows with fewer chunks than they should have that can be read. */
  readonly degradedRows: number
  readonly drives: readonly { readonly device: number; readonly isUp: boolean; readonly isSlow: boolean }[]
  /** What heal and rebalance have read from drives and written to them, since the process began. */
  readonly background: { readonly readBytes: number; readonly writtenBytes: number }
}

/** Counters of the keeper, and figures of its store. */
export class StoreMetrics {
  readonly registry = new Registry()
  readonly #mutations = new Counter({
    name: 'headrace_commit_mutations_total',
    help: 'Mutations that were made durable.',
    registers: [this.registry],
  })
  readonly #journal = new Counter({
    name: 'headrace_journal_bytes_total',
    help: 'Bytes that were appended to the journal.',
    registers: [this.registry],
  })
  readonly #batches = new Histogram({
    name: 'headrace_commit_batch_mutations',
    help: 'Mutations that shared one sync of the journal.',
    buckets: batchBuckets,
    registers: [this.registry],
  })
  readonly #duration = new Histogram({
    name: 'headrace_commit_duration_seconds',
    help: 'Time to make a batch durable and visible.',
    buckets: durationBuckets,
    registers: [this.registry],
  })

  readonly #figures: Record<keyof StoreFigures, Gauge> = {
    buckets: this.#gauge('headrace_store_buckets', 'Buckets in the store.'),
    objects: this.#gauge('headrace_store_objects', 'Objects in the store.'),
    bytes: this.#gauge('headrace_store_bytes', 'Bytes of the objects in the store.'),
    indexBytes: this.#gauge('headrace_store_index_bytes', 'Size of the index.'),
    journalBytes: this.#gauge('headrace_store_journal_bytes', 'Journal that is not yet in a snapshot.'),
    freeBytes: this.#gauge('headrace_drive_free_bytes', 'Free space of the drive.'),
    totalBytes: this.#gauge('headrace_drive_size_bytes', 'Size of the drive.'),
    trashEntries: this.#gauge('headrace_store_trash_entries', 'Data that waits for its readers before it is removed.'),
    segments: this.#gauge('headrace_store_segments', 'Segments that hold small chunks.'),
  }

  readonly #degradedRows = this.#gauge(
    'headrace_degraded_rows',
    'Data with fewer chunks that can be read than it should have.',
  )
  readonly #driveUp = this.#driveGauge('headrace_drive_up', 'Whether a drive is up (1) or down (0).')
  readonly #driveSlow = this.#driveGauge(
    'headrace_drive_slow',
    'Whether a drive is slower than its peers (1) or not (0).',
  )
  readonly #background = new Counter({
    name: 'headrace_background_bytes_total',
    help: 'Bytes of chunks that heal and rebalance have read and written.',
    labelNames: ['direction'] as const,
    registers: [this.registry],
  })

  /** To be called before the metrics are collected. */
  setFigures(figures: StoreFigures): void {
    for (const [name, gauge] of Object.entries(this.#figures)) gauge.set(figures[name as keyof StoreFigures])
  }

  /** To be called before the metrics are collected. */
  setHealth({ degradedRows, drives, background }: StoreHealth): void {
    this.#degradedRows.set(degradedRows)
    // Drives that were taken away are shown no more.
    this.#driveUp.reset()
    this.#driveSlow.reset()
    for (const { device, isUp, isSlow } of drives) {
      this.#driveUp.set({ device }, Number(isUp))
      this.#driveSlow.set({ device }, Number(isSlow))
    }
    this.#background.reset()
    this.#background.inc({ direction: 'read' }, background.readBytes)
    this.#background.inc({ direction: 'written' }, background.writtenBytes)
  }

  batchCommitted({ mutations, bytes, durationMs }: { mutations: number; bytes: number; durationMs: number }): void {
    this.#mutations.inc(mutations)
    this.#journal.inc(bytes)
    this.#batches.observe(mutations)
    this.#duration.observe(durationMs / 1000)
  }

  #gauge(name: string, help: string): Gauge {
    return new Gauge({ name, help, registers: [this.registry] })
  }

  #driveGauge(name: string, help: string): Gauge<'device'> {
    return new Gauge({ name, help, labelNames: ['device'] as const, registers: [this.registry] })
  }
}
