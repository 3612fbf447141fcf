import { S3Error } from '@headrace/s3'
import { around } from '../core/layer.ts'
import type { Layer } from '../core/store.ts'

/**
 * Lets a limited number of operations be under way at a time, and sheds what is above it, so that memory stays bounded
 * and what was begun gets done. It stands behind authorization: only those who may ask at all take part.
 * The bytes of a read go out after the operation has ended; they are bounded by the connections.
 */
export function admit({ inFlightMax }: { inFlightMax: number }): Layer {
  let inFlight = 0
  return around(async ({ ctx }, next) => {
    if (inFlight >= inFlightMax) {
      throw new S3Error('SlowDown', {
        headers: { 'retry-after': '1' },
        details: { Reason: 'Too many requests are under way.' },
      })
    }
    inFlight += 1
    try {
      return await next(ctx)
    } finally {
      inFlight -= 1
    }
  })
}
