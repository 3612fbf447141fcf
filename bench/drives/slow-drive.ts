import type { OpenLoopResult } from '../load/open-loop.ts'
import type { LoadOptions } from './heal-under-load.ts'
import { readAtRate } from './objects.ts'
import type { DriveServer } from './server.ts'

const delayMs = 1_000
/** A drive that was slow is trusted again after some good calls. */
const recoveryMs = 5_000

/** How clients fare with all drives well, and with one of them slow. */
export interface SlowResult {
  readonly healthy: OpenLoopResult
  readonly slow: OpenLoopResult
  readonly reads: number
  readonly hedges: number
  readonly rebuiltBlocks: number
}

/** Reads begin in the moment in which the drive becomes slow: how long it takes to find that out is measured too. */
export async function readAroundSlowDrive(server: DriveServer, options: LoadOptions): Promise<SlowResult> {
  const { bucket, ...load } = options
  const job = { endpoint: server.endpoint(bucket), ...load }
  const healthy = await readAtRate(job)
  const before = await counters(server)
  const { id } = await server.spareDrive()
  const fault = { drive: id, calls: 'all', delayMs, errorCode: null, flipsBits: false, probability: 1 } as const
  await server.admin.setFault(fault)
  try {
    const slow = await readAtRate(job)
    const after = await counters(server)
    return {
      healthy,
      slow,
      reads: after.reads - before.reads,
      hedges: after.hedges - before.hedges,
      rebuiltBlocks: after.rebuiltBlocks - before.rebuiltBlocks,
    }
  } finally {
    await server.admin.clearFaults({ drive: null })
    await new Promise((resolve) => setTimeout(resolve, recoveryMs))
  }
}

async function counters(server: DriveServer): Promise<Pick<SlowResult, 'reads' | 'hedges' | 'rebuiltBlocks'>> {
  return {
    reads: await server.metric('headrace_drive_reads_total'),
    hedges: await server.metric('headrace_drive_hedges_total'),
    rebuiltBlocks: await server.metric('headrace_rebuilt_blocks_total'),
  }
}
