import { type Latencies, latenciesOf } from '../load/latencies.ts'
import { type HealResult, healWithout } from './heal.ts'
import { type BenchObject, readAtRate } from './objects.ts'
import { type DriveServer, pause } from './server.ts'

/** Clients are there before the drive is lost, */
const leadSeconds = 3
/** and until it is noticed. */
const noticeSecondsMax = 6

export interface LoadOptions {
  readonly bucket: string
  readonly objects: readonly BenchObject[]
  readonly ratePerS: number
  readonly seconds: number
}

/** How clients fare without a heal and beside one. */
export interface BesideResult {
  readonly alone: Latencies
  readonly beside: Latencies
  readonly heal: HealResult
  /** What the heal had written when the time was over, of all that it wrote. */
  readonly healedShare: number
}

/** The load runs for a while, then goes on while a drive is lost and chunks are made anew; at last the heal has all to itself. */
export async function healBesideReads(server: DriveServer, options: LoadOptions): Promise<BesideResult> {
  const { bucket, ...load } = options
  const job = { endpoint: server.endpoint(bucket), ...load }
  const alone = await readAtRate(job)
  const before = await server.usage()
  const reading = readAtRate({ ...job, seconds: leadSeconds + noticeSecondsMax + load.seconds })
  await pause(leadSeconds * 1000)
  let fromMs = Number.POSITIVE_INFINITY
  let looking: Promise<number> | undefined
  const heal = await healWithout(server, await server.spareDrive(), () => {
    fromMs = Date.now()
    looking = pause(load.seconds * 1000).then(async () => (await server.usage()).writtenBytes - before.writtenBytes)
  })
  if (looking === undefined) throw new Error('nothing was healed')
  const healedShare = Math.min(1, (await looking) / heal.writtenBytes)
  const { samples } = await reading
  const untilMs = fromMs + load.seconds * 1000
  const beside = latenciesOf(samples.filter(({ dueMs }) => dueMs >= fromMs && dueMs < untilMs))
  return { alone, beside, heal, healedShare }
}
