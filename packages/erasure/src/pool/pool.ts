import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { type Buffers, type Combination, checkBuffers } from '../combination.ts'
import { type AllocateRequest, allocateFrom, type Engine } from '../engine.ts'
import { ErasureError } from '../errors.ts'
import type { Task } from './worker.ts'

export interface PoolOptions {
  /** Number of worker threads, from 1; by default as many as the process has cores. */
  readonly workers?: number
}

/**
 * An engine that shares the work between threads, for large work or to keep the calling thread free. It computes only on
 * buffers that it allocated (they lie in shared memory): copying others would take the caller as long as computing.
 * Below some 256 KiB of data, handing the work over costs more than doing it.
 */
export interface Pool extends Engine, AsyncDisposable {
  /** Rejects with `badChunks` as every engine does, with `poolFailed` once the pool is closed or a worker has died. */
  combine(combination: Combination, buffers: Buffers): Promise<void>
  /** Ends the threads. What is still being computed is rejected with `poolFailed`. */
  close(): Promise<void>
}

/** Starts the threads. They do not keep the process alive while there is nothing to do. */
export function createPool({ workers = Math.min(availableParallelism(), workersMax) }: PoolOptions = {}): Pool {
  if (!Number.isInteger(workers) || workers < 1 || workers > workersMax) {
    throw new ErasureError('badProfile', `workers is ${workers}: it must be a whole number from 1 to ${workersMax}`)
  }
  return new WorkerPool(workers, workerFile)
}

/** More threads than any machine has cores are a mistake. */
const workersMax = 256
// Written out, because the name ends in .js once the package is built.
const workerFile = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url)

/** Smaller parts are not worth a message. */
const partBytesMin = 16_384
/** Parts begin at whole cache lines, so that no two threads write to the same one. */
const partAlignBytes = 64

/** `createPool` with the file that its workers run. */
export class WorkerPool implements Pool {
  readonly #workers: readonly Worker[]
  readonly #waiting = new Map<number, { resolve: () => void; reject: (error: Error) => void }>()
  #nextId = 0
  /** Set once, when the pool can no longer work. */
  #failure: ErasureError | undefined

  constructor(workers: number, file: URL) {
    this.#workers = Array.from({ length: workers }, () => new Worker(file, { execArgv: [] }))
    for (const worker of this.#workers) {
      worker.unref()
      worker.on('message', (id: number) => this.#settle(id))
      worker.on('error', (cause) => this.#fail('a worker of the pool died: make a new pool', cause))
    }
  }

  allocate(request: AllocateRequest): Uint8Array[] {
    return allocateFrom((sizeBytes) => new Uint8Array(new SharedArrayBuffer(sizeBytes)), request)
  }

  async combine(combination: Combination, buffers: Buffers): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure
    const length = checkBuffers(combination, buffers)
    checkShared(buffers)
    const partBytes = Math.max(partBytesMin, roundUp(length / this.#workers.length, partAlignBytes))
    const parts: Promise<void>[] = []
    for (let start = 0; start < length; start += partBytes) {
      const cut = (buffer: Uint8Array) => buffer.subarray(start, start + partBytes)
      const part = { sources: buffers.sources.map(cut), targets: buffers.targets.map(cut) }
      parts.push(this.#send(combination, part))
    }
    await Promise.all(parts)
  }

  async close(): Promise<void> {
    this.#fail('the pool is closed')
    await Promise.all(this.#workers.map((worker) => worker.terminate()))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #send(combination: Combination, buffers: Buffers): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const id = this.#nextId++
    const { sourceCount, targetCount, coefficients } = combination
    const task: Task = { id, combination: { sourceCount, targetCount, coefficients }, buffers }
    if (this.#waiting.size === 0) for (const worker of this.#workers) worker.ref()
    this.#waiting.set(id, { resolve, reject })
    this.#workers[id % this.#workers.length]!.postMessage(task)
    return promise
  }

  #settle(id: number): void {
    this.#waiting.get(id)?.resolve()
    this.#waiting.delete(id)
    if (this.#waiting.size === 0) for (const worker of this.#workers) worker.unref()
  }

  #fail(message: string, cause?: unknown): void {
    this.#failure ??= new ErasureError('poolFailed', message, { cause })
    for (const { reject } of this.#waiting.values()) reject(this.#failure)
    this.#waiting.clear()
  }
}

function checkShared({ sources, targets }: Buffers): void {
  if ([...sources, ...targets].every(({ buffer }) => buffer instanceof SharedArrayBuffer)) return
  throw new ErasureError('badChunks', 'a pool works on shared memory only: take the buffers from its allocate()')
}

function roundUp(value: number, step: number): number {
  return Math.ceil(value / step) * step
}
