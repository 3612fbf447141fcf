import { S3Error } from '@headrace/s3'
import type { DataRow } from '../format/data-row.ts'
import type { StoreMap } from '../placement/store-map.ts'
import type { EmbeddedServices } from './services.ts'

/** The map is sent before anybody can use what is new in it; so much later it is not on its way any more. */
const awaitMapMs = 2_000

/**
 * Waits for the map that rows were written by. Index and map come to a gateway by different ways, and a row may be there
 * first.
 * @returns undefined when the map of now will do
 * @throws S3Error ServiceUnavailable, later, when no newer one comes
 */
export function awaitMapOf(
  rows: readonly Pick<DataRow, 'pool' | 'chunks'>[],
  { maps, runtime }: Pick<EmbeddedServices, 'maps' | 'runtime'>,
): Promise<void> | undefined {
  const isKnown = (map: StoreMap) => !rows.some((row) => isNewerThan(row, map))
  if (isKnown(maps.current.map)) return undefined
  return new Promise((resolve, reject) => {
    const end = (settle: () => void) => {
      stop()
      cancel()
      settle()
    }
    const stop = maps.onChange(({ map }) => {
      if (isKnown(map)) end(resolve)
    })
    const cancel = runtime.clock.after(awaitMapMs, () => {
      const message = 'This server has not heard of all drives of the store yet. Send the request again.'
      end(() => reject(new S3Error('ServiceUnavailable', { message })))
    })
  })
}

/** Whether a row names a pool or a drive that came after the map: their numbers only grow. */
function isNewerThan({ pool, chunks }: Pick<DataRow, 'pool' | 'chunks'>, { nextPool, nextDevice }: StoreMap): boolean {
  if (pool >= nextPool) return true
  return chunks !== 'inline' && chunks.some((chunk) => chunk.kind !== 'missing' && chunk.device >= nextDevice)
}
