import type { ByteSink } from '@headrace/s3'
import type { DataRow } from '../format/data-row.ts'
import type { ReadOptions, ReadRequest } from '../stripes/read-request.ts'
import { storedData } from '../stripes/stored-data.ts'
import { StripeRead, type WantedStrip } from '../stripes/stripe-read.ts'
import type { Strips } from '../stripes/strips.ts'
import { TooFewChunksError } from '../stripes/too-few-chunks.ts'
import { blockBytes, windowRows } from './pool.ts'

/** The bytes of a data that are wanted. */
export interface DataRange {
  readonly dataId: Buffer
  readonly row: DataRow
  readonly offset: number
  readonly length: number
}

/**
 * Reads a range of a data from its chunks, and passes it on checked and in order. A window of at most 1 MiB is read ahead
 * while the one before goes out; memory is two windows, whatever the size.
 * @throws TooFewChunksError when some of it cannot be read, as far as this row of the index says
 */
export async function readData(range: DataRange, sink: ByteSink, options: ReadOptions): Promise<void> {
  const { dataId, row, offset, length } = range
  const data = storedData(dataId, row, options.placement().pool(row.pool))
  const end = Math.min(offset + length, row.lengthBytes)
  if (offset < end) await new DataRead({ data, options, doubted: new Set() }, { offset, end }, sink).run()
}

/** Blocks of a data, in its own order: block n is in chunk n mod k, in row ⌊n ÷ k⌋. */
interface Window {
  readonly first: number
  readonly end: number
}

class DataRead {
  readonly #request: ReadRequest
  readonly #range: { readonly offset: number; readonly end: number }
  readonly #sink: ByteSink
  readonly #k: number

  constructor(request: ReadRequest, range: { offset: number; end: number }, sink: ByteSink) {
    this.#request = request
    this.#range = range
    this.#sink = sink
    this.#k = request.data.pool.k
  }

  async run(): Promise<void> {
    const rows = windowRows(this.#request.data.pool)
    let window = this.#window(Math.floor(this.#range.offset / blockBytes), rows)
    let read = this.#read(window)
    for (;;) {
      const strips = await read.strips.catch((error) => this.#requireSmaller(window, error))
      const next = this.#window(window.end, rows)
      const ahead = next.first < next.end ? this.#read(next) : undefined
      try {
        if (strips !== undefined) await this.#deliver(window, strips)
        else await this.#deliverByRow(window)
      } catch (error) {
        ahead?.abandon()
        throw error
      }
      if (ahead === undefined) return
      window = next
      read = ahead
    }
  }

  /** The wanted blocks from `first` on, in at most so many rows. */
  #window(first: number, rows: number): Window {
    const end = (Math.floor(first / this.#k) + rows) * this.#k
    return { first, end: Math.min(end, Math.ceil(this.#range.end / blockBytes)) }
  }

  #read({ first, end }: Window): StripeRead {
    const k = this.#k
    const wanted: WantedStrip[] = []
    for (let chunk = 0; chunk < k; chunk += 1) {
      const firstRow = Math.ceil((first - chunk) / k)
      const count = Math.ceil((end - chunk) / k) - firstRow
      if (count > 0) wanted.push({ chunk, rows: { first: firstRow, count } })
    }
    return new StripeRead(this.#request, wanted)
  }

  /** Row by row there may be k chunks where there are not for several at once: each chunk may be bad in another row. */
  #requireSmaller({ first, end }: Window, error: unknown): undefined {
    const isOneRow = Math.floor(first / this.#k) === Math.floor((end - 1) / this.#k)
    const { chunks, pool } = this.#request.data
    if (isOneRow || chunks.length <= pool.k || !(error instanceof TooFewChunksError)) throw error
  }

  async #deliverByRow(window: Window): Promise<void> {
    for (let first = window.first; first < window.end; ) {
      const row = this.#window(first, 1)
      await this.#deliver(row, await this.#read(row).strips)
      first = row.end
    }
  }

  async #deliver(window: Window, strips: Strips): Promise<void> {
    const { offset, end } = this.#range
    const k = this.#k
    // Blocks of an only chunk are neighbours in memory.
    const step = k === 1 ? window.end - window.first : 1
    for (let block = window.first; block < window.end; block += step) {
      const { span, rows } = strips.of(block % k)
      const shift = (Math.floor(block / k) - rows.first - block) * blockBytes
      const from = Math.max(offset, block * blockBytes)
      const to = Math.min(end, (block + step) * blockBytes)
      const wait = this.#sink.write(span.data.subarray(from + shift, to + shift))
      if (wait !== undefined) await wait
    }
    // Not when the sink has failed: it may still have what it was given.
    strips.release()
  }
}
