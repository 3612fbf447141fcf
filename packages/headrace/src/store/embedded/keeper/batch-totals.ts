import { decodeSegmentRow, decodeUsage, encodeSegmentRow, encodeUsage } from '../format/counters.ts'
import type { Index, IndexWrite } from '../index/index.ts'
import { bucketIdKey } from '../index/keys.ts'
import type { Claims } from './claims.ts'
import type { Totals } from './plan.ts'

/** Counters that several mutations of a batch change: summed up, then written once. */
export class BatchTotals<Holder extends object> {
  readonly #claims: Claims<Holder>
  readonly #usage = new Map<number, { objects: number; bytes: number }>()
  readonly #segments = new Map<string, { key: Buffer; liveRecords: number; liveBytes: number }>()

  constructor(claims: Claims<Holder>) {
    this.#claims = claims
  }

  /** Sums of one mutation, which count only once they are kept. */
  begin(holder: Holder): Totals & { keep(): void } {
    const changes: (() => void)[] = []
    return {
      usage: (bucketId, objects, bytes) => {
        changes.push(() => this.#addUsage(bucketId, objects, bytes))
      },
      segment: (key, liveRecords, liveBytes) => {
        this.#claims.share(`segment ${key.toString('hex')}`, holder)
        changes.push(() => this.#addSegment(key, liveRecords, liveBytes))
      },
      keep() {
        for (const change of changes) change()
      },
    }
  }

  writes(index: Index): IndexWrite[] {
    const writes: IndexWrite[] = []
    for (const [bucketId, { objects, bytes }] of this.#usage) {
      const key = bucketIdKey(bucketId)
      const before = index.get('usage', key)
      const usage = before === undefined ? { objects: 0, bytes: 0 } : decodeUsage(before)
      const value = encodeUsage({ objects: usage.objects + objects, bytes: usage.bytes + bytes })
      writes.push({ database: 'usage', key, value })
    }
    for (const { key, liveRecords, liveBytes } of this.#segments.values()) {
      const before = index.get('segments', key)
      const row = before === undefined ? { liveRecords: 0, liveBytes: 0, sealedBytes: 0 } : decodeSegmentRow(before)
      const value = encodeSegmentRow({
        liveRecords: row.liveRecords + liveRecords,
        liveBytes: row.liveBytes + liveBytes,
        sealedBytes: row.sealedBytes,
      })
      writes.push({ database: 'segments', key, value })
    }
    return writes
  }

  #addUsage(bucketId: number, objects: number, bytes: number): void {
    const sum = this.#usage.get(bucketId) ?? { objects: 0, bytes: 0 }
    this.#usage.set(bucketId, { objects: sum.objects + objects, bytes: sum.bytes + bytes })
  }

  #addSegment(key: Buffer, liveRecords: number, liveBytes: number): void {
    const name = key.toString('hex')
    const sum = this.#segments.get(name) ?? { key, liveRecords: 0, liveBytes: 0 }
    this.#segments.set(name, {
      key,
      liveRecords: sum.liveRecords + liveRecords,
      liveBytes: sum.liveBytes + liveBytes,
    })
  }
}
