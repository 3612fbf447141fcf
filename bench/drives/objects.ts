import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { LoadConnection } from '../load/connection.ts'
import type { OpenLoopJob, OpenLoopResult } from '../load/open-loop.ts'
import { type Endpoint, RequestMaker, seededBytes } from '../load/requests.ts'

const KiB = 1024
const MiB = 1024 * KiB
const connections = 8

/** An object to be written and read: its bytes are the first of the same for all. */
export interface BenchObject {
  readonly key: string
  readonly bytes: number
}

/** The same in every run: objects of 100 KiB to 5 MiB, all sizes alike. */
export function dataObjects(count: number): BenchObject[] {
  return Array.from({ length: count }, (_, number) => {
    const bytes = 100 * KiB + Math.floor((5 * MiB - 100 * KiB) * chance('data', number))
    return { key: `data/${number}`, bytes }
  })
}

/** The same in every run: objects of 4 KiB to 1 MiB, as many of 4 to 8 KiB as of 512 KiB to 1 MiB. */
export function frontObjects(count: number): BenchObject[] {
  return Array.from({ length: count }, (_, number) => {
    return { key: `front/${number}`, bytes: Math.floor(4 * KiB * 256 ** chance('front', number)) }
  })
}

/** Objects of one size. */
export function equalObjects(count: number, bytes: number): BenchObject[] {
  return Array.from({ length: count }, (_, number) => ({ key: `equal/${number}`, bytes }))
}

/** At least 0, below 1. */
function chance(what: string, number: number): number {
  return createHash('md5').update(`${what}/${number}`).digest().readUInt32LE(0) / 2 ** 32
}

export async function writeObjects(endpoint: Endpoint, objects: readonly BenchObject[]): Promise<void> {
  const all = seededBytes(Math.max(...objects.map(({ bytes }) => bytes)) + 3)
  const maker = new RequestMaker(endpoint, Date.now())
  const first = new LoadConnection(endpoint)
  await first.send(maker.createBucket())
  first.close()
  const left = objects.values()
  const work = async () => {
    const connection = new LoadConnection(endpoint)
    for (const { key, bytes } of left) await connection.send(maker.put(key, all.subarray(0, bytes)))
    connection.close()
  }
  await Promise.all(Array.from({ length: connections }, work))
}

/** Reads objects at a fixed rate, from a process of its own. @throws Error when one of the reads fails */
export async function readAtRate(job: OpenLoopJob): Promise<OpenLoopResult> {
  const generator = spawn(process.execPath, [fileURLToPath(new URL('../load/open-loop.ts', import.meta.url))], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  generator.stdin.end(JSON.stringify(job))
  const result = JSON.parse(await text(generator.stdout)) as OpenLoopResult
  if (result.failed > 0) throw new Error(`${result.failed} reads failed: ${result.failure}`)
  return result
}
