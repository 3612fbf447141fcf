// One thread of a pool: combines what it is sent, in order, and answers each task with its number.
import { parentPort } from 'node:worker_threads'
import type { Buffers, Combination } from '../combination.ts'
import { localEngine } from '../local-engine.ts'

/** What a pool sends to a worker. The buffers lie in shared memory, so that only views of them travel. */
export interface Task {
  readonly id: number
  readonly combination: Combination
  readonly buffers: Buffers
}

parentPort?.on('message', ({ id, combination, buffers }: Task) => {
  localEngine.combine(combination, buffers)
  parentPort?.postMessage(id)
})
