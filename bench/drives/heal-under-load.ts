import type { OpenLoopResult } from '../load/open-loop.ts'
import { type HealResult, healWithout } from './heal.ts'
import { type BenchObject, readAtRate } from './objects.ts'
import type { DriveServer } from './server.ts'

export interface LoadOptions {
  readonly bucket: string
  readonly objects: readonly BenchObject[]
  readonly ratePerS: number
  readonly seconds: number
}

/** How clients fare without a heal and beside one. */
export interface BesideResult {
  readonly alone: OpenLoopResult
  readonly beside: OpenLoopResult
  readonly heal: HealResult
  /** What the heal had written when the clients went away, of all that it wrote. */
  readonly healedShare: number
}

/** The load runs for a while, a drive is lost, and it runs on while chunks are made anew; then the heal has all to itself. */
export async function healBesideReads(server: DriveServer, options: LoadOptions): Promise<BesideResult> {
  const { bucket, ...load } = options
  const job = { endpoint: server.endpoint(bucket), ...load }
  const alone = await readAtRate(job)
  const before = await server.usage()
  let reading: Promise<OpenLoopResult> | undefined
  let writtenMeanwhile = 0
  const heal = await healWithout(server, await server.spareDrive(), () => {
    reading = readAtRate(job).then(async (result) => {
      writtenMeanwhile = (await server.usage()).writtenBytes - before.writtenBytes
      return result
    })
  })
  if (reading === undefined) throw new Error('nothing was healed')
  const beside = await reading
  return { alone, beside, heal, healedShare: Math.min(1, writtenMeanwhile / heal.writtenBytes) }
}
