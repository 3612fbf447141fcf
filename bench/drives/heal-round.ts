import { type HealResult, healWithout } from './heal.ts'
import { type CopyResult, emptyPageCache, plainCopy } from './plain-copy.ts'
import { say } from './say.ts'
import type { DriveServer } from './server.ts'

export interface HealRound {
  readonly heal: HealResult
  readonly copy: CopyResult
  /** Reads four bytes for each that it writes. */
  readonly mixedCopy: CopyResult
  readonly isCold: boolean
}

/** Heal and copies in turn, the order changing, each with nothing in the page cache. */
export async function healRound(on: DriveServer, round: number): Promise<HealRound> {
  const lost = await on.spareDrive()
  const drives = await on.drivesIn()
  const { usedBytes = 0 } = drives.find(({ id }) => id === lost.id) ?? {}
  const others = drives.map(({ path }) => path).filter((path) => path !== lost.root)
  let isCold = false
  const copy = async (bytes: number, readsPerWrite: number) => {
    isCold = emptyPageCache()
    return await plainCopy(others, bytes, readsPerWrite)
  }
  const copies = async () => {
    await on.settles()
    return { copy: await copy(usedBytes, 1), mixedCopy: await copy(usedBytes / 2, 4) }
  }
  const before = round % 2 === 0 ? await copies() : undefined
  await on.settles()
  emptyPageCache()
  const heal = await healWithout(on, lost)
  const result = { heal, ...(before ?? (await copies())), isCold }
  const rate = (one: CopyResult) => `${((one.readBytes + one.writtenBytes) / 1e6 / one.seconds).toFixed(0)} MB/s`
  say(`heal ${rate(heal)}, copy ${rate(result.copy)}, copy that reads four times ${rate(result.mixedCopy)}`)
  return result
}
