import type { AccessRecord } from '../../src/core/access-record.ts'
import type { Events, Log } from '../../src/core/events.ts'

export interface LogLine {
  readonly level: keyof Log
  readonly fields: Record<string, unknown>
  readonly message: string
}

/** Events that are kept, to be looked at by a test. */
export interface RecordedEvents extends Events {
  readonly lines: LogLine[]
  readonly records: AccessRecord[]
  readonly batches: { mutations: number; bytes: number; durationMs: number }[]
  readonly faults: { drive: string; what: string; error: unknown }[]
  started: number
  /** Resolves with the next record that comes: a reply is over a little after its client has it. */
  nextRecord(): Promise<AccessRecord>
}

export function recordEvents(): RecordedEvents {
  const lines: LogLine[] = []
  const waiting: ((record: AccessRecord) => void)[] = []
  const write = (level: keyof Log) => (fields: object, message: string) => {
    lines.push({ level, fields: { ...fields }, message })
  }
  const events: RecordedEvents = {
    lines,
    records: [],
    batches: [],
    faults: [],
    started: 0,
    log: { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') },
    nextRecord: () => new Promise((resolve) => waiting.push(resolve)),
    requestStarted() {
      events.started += 1
    },
    requestFinished(record) {
      events.records.push(record)
      waiting.shift()?.(record)
    },
    batchCommitted(batch) {
      events.batches.push(batch)
    },
    driveFault(fault) {
      events.faults.push(fault)
    },
  }
  return events
}
