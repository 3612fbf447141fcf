import { type DriveServer, pause, since, type Usage } from './server.ts'

const pollMs = 50
const patienceMs = 30 * 60_000

/** A heal after the loss of a drive. */
export interface HealResult extends Usage {
  /** From the loss until the drive is given up. */
  readonly noticedSeconds: number
  /** From then on to the last byte: what is missing has to be found, too. */
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
  const atLoss = await admin.progress({ worker: 'mend' })
  const destroy = server.pull(lost.root)
  const pulledMs = performance.now()
  while (!(await isGivenUp(server, lost))) await pause(pollMs)
  const beganMs = performance.now()
  // A run that was under way goes on with what the loss brings.
  let run = { startedMs: atLoss.startedMs ?? 0, doneBytes: atLoss.doneBytes }
  let movedMs: number | undefined
  for (;;) {
    await pause(pollMs)
    const nowMs = performance.now()
    const work = await admin.progress({ worker: 'mend' })
    const startedMs = work.startedMs ?? 0
    if (startedMs > run.startedMs) run = { startedMs, doneBytes: 0 }
    if (work.doneBytes > run.doneBytes) {
      run.doneBytes = work.doneBytes
      if (movedMs === undefined) begun()
      movedMs = nowMs
    }
    if (nowMs - pulledMs > patienceMs) throw new Error(`the heal does not end: ${work.note}`)
    if (movedMs === undefined || work.finishedMs === null) continue
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
    noticedSeconds: (beganMs - pulledMs) / 1000,
    seconds: (movedMs - beganMs) / 1000,
    censusSeconds: (endedMs - movedMs) / 1000,
    isFull: census?.widths.every(({ k, m, readableChunks }) => readableChunks === k + m) ?? false,
  }
}

async function isGivenUp({ admin }: DriveServer, { id }: Lost): Promise<boolean> {
  const { drives } = await admin.drives({})
  return drives.find((drive) => drive.id === id)?.membership === 'out'
}
