import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { seededBytes } from '../../load/requests.ts'
import { startNginx } from '../../targets/nginx.ts'
import type { Target } from '../../targets/target.ts'
import { bucket } from '../access.ts'
import { type ObjectSet, shiftBytes } from '../load/client-job.ts'

/** Plain files served by nginx, which looks at no signature: an upstream that costs next to nothing. */
export async function startFileServer(folder: string, sets: readonly ObjectSet[]): Promise<Target | undefined> {
  const target = await startNginx(folder)
  if (target === undefined) return undefined
  for (const { name, sizeBytes, count } of sets) {
    const own = join(folder, 'www', bucket, name)
    mkdirSync(own, { recursive: true })
    const all = seededBytes(sizeBytes + shiftBytes * count)
    for (let number = 0; number < count; number += 1) {
      const first = number * shiftBytes
      writeFileSync(join(own, String(number)), all.subarray(first, first + sizeBytes))
    }
  }
  return target
}
