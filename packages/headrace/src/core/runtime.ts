import { randomBytes } from 'node:crypto'
import type { Events } from './events.ts'

/** A timer or a wait that can be called off. */
export type Cancel = () => void

export interface Clock {
  /** Wall clock, milliseconds since 1970: for the protocol and for logs. */
  now(): number
  /** Monotonic milliseconds: for durations and deadlines. */
  monotonic(): number
  /** Calls `action` once, after `ms`. Does not keep the process alive. */
  after(ms: number, action: () => void): Cancel
  /** Calls `action` again and again, `ms` apart. Does not keep the process alive. */
  every(ms: number, action: () => void): Cancel
  /** Resolves after `ms`; rejects with the signal's reason when it is aborted before. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

export interface Random {
  /** At least 0, below 1. */
  next(): number
  /** Bytes that nobody can guess. */
  bytes(count: number): Buffer
}

/** What differs from run to run comes from here, so that a simulation can put its own in place. */
export interface Runtime {
  readonly clock: Clock
  readonly random: Random
  readonly events: Events
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, action) {
    const timer = setTimeout(action, ms)
    timer.unref()
    return () => clearTimeout(timer)
  },
  every(ms, action) {
    const timer = setInterval(action, ms)
    timer.unref()
    return () => clearInterval(timer)
  },
  sleep(ms, signal) {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', stop)
        resolve()
      }, ms)
      const stop = () => {
        clearTimeout(timer)
        reject(signal?.reason)
      }
      signal?.addEventListener('abort', stop, { once: true })
    })
  },
}

/** Keeps the process alive until it is called off: timers of the clock do not. */
export function holdProcess(): Cancel {
  const timer = setInterval(() => {}, 2 ** 30)
  return () => clearInterval(timer)
}

/** Random bytes are fetched from the system this many at a time: a call costs more than the bytes. */
const randomPoolBytes = 4096

function randomPool(): (count: number) => Buffer {
  let pool = Buffer.alloc(0)
  return (count) => {
    if (count > randomPoolBytes) return randomBytes(count)
    if (pool.length < count) pool = randomBytes(randomPoolBytes)
    // Every byte is given out once: nobody else can see it.
    const bytes = Buffer.from(pool.subarray(0, count))
    pool.fill(0, 0, count)
    pool = pool.subarray(count)
    return bytes
  }
}

export const systemRandom: Random = {
  next: () => Math.random(),
  bytes: randomPool(),
}
