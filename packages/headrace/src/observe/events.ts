import type { Events, Log } from '../core/events.ts'
import type { AccessLog } from './access-log.ts'
import type { ForegroundMeter } from './foreground-meter.ts'
import type { RequestMetrics, StoreMetrics } from './metrics.ts'

export interface Observers {
  readonly log: Log
  readonly accessLog?: AccessLog | undefined
  readonly requests?: RequestMetrics | undefined
  readonly store?: StoreMetrics | undefined
  readonly foreground?: ForegroundMeter | undefined
}

/** Tells events to whoever counts them or writes them down. */
export function createEvents({ log, accessLog, requests, store, foreground }: Observers): Events {
  return {
    log,
    requestStarted() {
      requests?.requestStarted()
    },
    requestFinished(record) {
      requests?.requestFinished(record)
      accessLog?.write(record)
      foreground?.record(record)
    },
    batchCommitted(batch) {
      store?.batchCommitted(batch)
    },
    driveFault({ drive, what, error }) {
      requests?.driveFault()
      log.error({ drive, what, err: error }, 'a drive failed')
    },
  }
}
