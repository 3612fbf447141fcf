import type { Clock } from '../../../core/runtime.ts'
import { isWantOfSpace } from '../drive/drive.ts'
import type { OpenDrive } from '../drive/drives.ts'
import { tooFewDrives, wantOfSpace } from './write-errors.ts'

/** How often somebody looks whether the others are late. */
const lookMs = 250
/** What is left to the others once enough have written: the more of the two. */
const graceMsMin = 2_000
const graceFactor = 4

/** What drives take part in rounds with. */
export interface RoundMember {
  readonly open: OpenDrive
  /** For how long others, who were enough, have waited for it, in all rounds. */
  lagMs: number
}

export interface RoundOptions<Member> {
  /** How many must have done it. */
  readonly needed: number
  /** How many there would be, were none of them missing: for messages. */
  readonly total: number
  readonly clock: Clock
  readonly isUp: (device: number) => boolean
  /** Told of each that fails, or is given up: it goes on without. What it does later is of no interest. */
  readonly lost: (member: Member, error: unknown) => void
}

/**
 * Does the same on several drives at once, and waits for all of them: but for no longer than a grace once enough of them
 * have done it, and never for one that has gone down. So a drive that hangs delays a write, and does not stop it.
 * @throws S3Error ServiceUnavailable when too few can do it, InsufficientStorage when one of them is full; some may then
 *   still be at work
 */
export function writeRound<Member extends RoundMember>(
  members: readonly Member[],
  work: (member: Member) => Promise<void>,
  { needed, total, clock, isUp, lost }: RoundOptions<Member>,
): Promise<void> {
  const beganMs = clock.monotonic()
  const waiting = new Set(members)
  let done = 0
  let slowestMs = 0
  let enoughMs = Number.POSITIVE_INFINITY
  return new Promise((resolve, reject) => {
    const end = (error?: unknown) => {
      stopLooking()
      waiting.clear()
      if (error === undefined) resolve()
      else reject(error)
    }
    const lose = (member: Member, error: unknown) => {
      waiting.delete(member)
      lost(member, error)
    }
    const check = (cause?: unknown) => {
      const answering = done + waiting.size
      if (answering < needed) end(tooFewDrives({ total, answering, needed }, cause))
      else if (waiting.size === 0) end()
    }
    const stopLooking = clock.every(lookMs, () => {
      const graceMs = Math.max(graceMsMin, graceFactor * slowestMs)
      const isLate = clock.monotonic() - enoughMs >= graceMs
      for (const member of [...waiting]) {
        if (!isUp(member.open.device)) lose(member, new Error('the drive is down'))
        else if (isLate) lose(member, new Error(`the drive took ${Math.round(graceMs)} ms longer than the others`))
      }
      check()
    })
    const doOne = async (member: Member) => {
      try {
        await work(member)
        if (!waiting.delete(member)) return
        done += 1
        slowestMs = clock.monotonic() - beganMs
        if (done === needed) enoughMs = clock.monotonic()
        if (done > needed) member.lagMs += clock.monotonic() - enoughMs
        check()
      } catch (error) {
        if (!waiting.has(member)) return
        if (isWantOfSpace(error)) return end(wantOfSpace(member.open.drive.name, error))
        lose(member, error)
        check(error)
      }
    }
    for (const member of members) doOne(member)
    if (members.length === 0) check()
  })
}
