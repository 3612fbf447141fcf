import type { AccessRecord } from './access-record.ts'

/** A message for the operator. `fields` are data, not prose; secrets never go in. */
export interface Log {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/**
 * What happened, told by those who did it to those who count and write it down: one function per event.
 * - None of them throws, waits, or slows its caller down noticeably.
 */
export interface Events {
  readonly log: Log
  requestStarted(): void
  requestFinished(record: AccessRecord): void
  /** The keeper made a batch of mutations durable. */
  batchCommitted(batch: { mutations: number; bytes: number; durationMs: number }): void
  /** A drive call failed, or data on a drive turned out to be wrong. */
  driveFault(fault: { drive: string; what: string; error: unknown }): void
}

const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} }

/** Events that nobody listens to, for tests and tools. */
export const silentEvents: Events = {
  log: silentLog,
  requestStarted() {},
  requestFinished() {},
  batchCommitted() {},
  driveFault() {},
}
