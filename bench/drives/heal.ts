import { type DriveServer, pause, since, type Usage } from './server.ts'

const pollMs = 50
const patienceMs = 30 * 60_000

/** A heal after the loss of a drive. */
export interface HealResult extends Usage {
  /** From the loss until the heal began. */
  readonly noticedSeconds: number
  /** From the first byte to the last. */
  readonly seconds: number
  /** The census that ends it. */
  readonly censusSeconds: number
  readonly isFull: boolean
}

export interface Lost {
  readonly id: number
  readonly root: string
}

/**
 * Takes a drive away and waits until everything is whole without it.
 * @param begun called when chunks are being made
 */
export async function healWithout(server: DriveServer, lost: Lost, begun = () => {}): Promise<HealResult> {
  const { admin } = server
  const before = await server.usage()
  const last = (await admin.census({})).census?.startedMs ?? 0
  const lastRunMs = (await admin.progress({ worker: 'mend' })).startedMs ?? 0
  const destroy = server.pull(lost.root)
  const pulledMs = performance.now()
  let beganMs: number | undefined
  let [movedMs, doneBytes] = [0, 0]
  for (;;) {
    await pause(pollMs)
    const nowMs = performance.now()
    const work = await admin.progress({ worker: 'mend' })
    const isNew = (work.startedMs ?? 0) > lastRunMs
    if (isNew && work.doneBytes > 0 && work.doneBytes !== doneBytes) {
      doneBytes = work.doneBytes
      movedMs = nowMs
      if (beganMs === undefined) {
        beganMs = nowMs
        begun()
      }
    }
    if (nowMs - pulledMs > patienceMs) throw new Error(`the heal does not end: ${work.note}`)
    if (beganMs === undefined || work.finishedMs === null) continue
    const { census } = await admin.census({})
    if (census !== null && census.startedMs > last && census.verdict === 'full') break
  }
  const endedMs = performance.now()
  const used = since(before, await server.usage())
  const { census } = await admin.census({})
  // It has been forgotten by now, and its place is free.
  await server.workEnds((await admin.removeDrive({ drive: lost.id, force: true })).work)
  destroy()
  return {
    ...used,
    noticedSeconds: ((beganMs as number) - pulledMs) / 1000,
    seconds: (movedMs - (beganMs as number)) / 1000,
    censusSeconds: (endedMs - movedMs) / 1000,
    isFull: census?.widths.every(({ k, m, readableChunks }) => readableChunks === k + m) ?? false,
  }
}
