import { atMost } from '../../../core/at-most.ts'
import type { Runtime } from '../../../core/runtime.ts'
import type { Drives, OpenDrive } from '../drive/drives.ts'
import type { ChunkLocation } from '../format/data-row.ts'
import type { Placement } from '../placement/placement.ts'
import type { Profile } from '../placement/profiles.ts'
import type { Pool } from '../placement/store-map.ts'
import { chunksMin } from './pool.ts'
import type { SegmentsByDrive } from './segments-by-drive.ts'
import { tooFewDrives } from './write-errors.ts'
import { type ChunkIdentity, WriteLane } from './write-lane.ts'
import { writeRound } from './write-round.ts'

/** A drive on which a call is under way for so long is left alone where that can be. */
const stuckMs = 5_000
/** A drive for which the others have waited for so long, and most of the time, is given up in the middle of a data. */
const lagMsMax = 10_000
/** Three times as slow as the others. */
const lagShareMax = 2 / 3
/** Cleaning up goes on by itself when it takes longer. */
const abandonMs = 2_000

export interface LanesOptions {
  readonly drives: Drives
  /** The newest map. */
  readonly placement: () => Pick<Placement, 'poolFor' | 'setOf' | 'isUp'>
  readonly segments: SegmentsByDrive
  readonly runtime: Pick<Runtime, 'clock' | 'events'>
  /** Told when a drive failed, or was too late. */
  readonly trouble: (device: number, error: unknown) => void
}

/** The chunks of one data on the way to their drives. */
export class WriteLanes {
  readonly #pool: Pool
  readonly #options: LanesOptions
  readonly #all: readonly WriteLane[]
  /** Those that are not lost. */
  #lanes: readonly WriteLane[]
  /** Time in rounds. */
  #busyMs = 0

  /** @throws S3Error ServiceUnavailable when too few of its drives can be written to */
  constructor(pool: Pool, identity: Omit<ChunkIdentity, 'chunk' | 'k' | 'm' | 'blockBytes'>, options: LanesOptions) {
    this.#pool = pool
    this.#options = options
    const { k, m, blockBytes } = pool
    this.#all = chooseDrives(pool, identity.dataId, options).map(
      ({ chunk, open }) => new WriteLane({ ...identity, chunk, k, m, blockBytes }, open, options.segments),
    )
    this.#lanes = this.#all
  }

  /** Does the same for every chunk that is not lost yet, in parallel; see `writeRound`. */
  async each(work: (lane: WriteLane) => Promise<void>): Promise<void> {
    const { runtime, placement } = this.#options
    const { k, m } = this.#pool
    this.#dropLaggard()
    const beganMs = runtime.clock.monotonic()
    await writeRound(this.#lanes, work, {
      needed: chunksMin(this.#pool),
      total: k + m,
      clock: runtime.clock,
      isUp: (device) => placement().isUp(device),
      lost: (lane, error) => this.#lose(lane, error),
    })
    this.#busyMs += runtime.clock.monotonic() - beganMs
    this.#lanes = this.#lanes.filter((lane) => !lane.isAbandoned)
  }

  /** Gives up a drive that holds up the others, unless the data could then not lose a drive any more. */
  #dropLaggard(): void {
    const isLagging = ({ lagMs }: WriteLane) => lagMs > lagMsMax && lagMs > this.#busyMs * lagShareMax
    const laggard = this.#lanes.length > spareMin(this.#pool) ? this.#lanes.find(isLagging) : undefined
    if (laggard === undefined) return
    this.#lose(laggard, new Error(`the others have waited ${Math.round(laggard.lagMs)} ms for it`))
    this.#lanes = this.#lanes.filter((lane) => lane !== laggard)
  }

  #lose(lane: WriteLane, error: unknown): void {
    // Nobody's fault when everything is being taken back.
    if (lane.isAbandoned) return
    lane.abandon()
    const { drive, device } = lane.open
    this.#options.runtime.events.driveFault({ drive: drive.name, what: `write chunk ${lane.chunk}`, error })
    this.#options.trouble(device, error)
  }

  /** Where the chunks are, by number. */
  locations(): ChunkLocation[] {
    const { k, m } = this.#pool
    const locations: ChunkLocation[] = Array.from({ length: k + m }, () => ({ kind: 'missing' }))
    for (const lane of this.#lanes) locations[lane.chunk] = lane.location
    return locations
  }

  settle(): void {
    for (const lane of this.#lanes) lane.settle()
  }

  /** Takes everything back, as far as drives answer. It never fails. */
  async abandon(): Promise<void> {
    const abandoned = this.#all.map((lane) => lane.abandon())
    await atMost(this.#options.runtime.clock, abandonMs, Promise.all(abandoned))
  }
}

interface ChosenDrive {
  readonly chunk: number
  readonly open: OpenDrive
}

/**
 * The drives that chunks of a data go to now: those of its set, without the ones that are down. Slow ones are passed over
 * as long as the data can still lose a drive without being lost; stuck ones as long as it is written at all.
 * @throws S3Error ServiceUnavailable
 */
function chooseDrives(pool: Pool, dataId: Buffer, { drives, placement }: LanesOptions): ChosenDrive[] {
  const map = placement()
  const byRank: ChosenDrive[][] = [[], [], []]
  map.setOf(pool, dataId).forEach((device, chunk) => {
    const open = map.isUp(device) ? drives.get(device) : undefined
    if (open !== undefined) byRank[rankOf(open)]?.push({ chunk, open })
  })
  const [good = [], slow = [], stuck = []] = byRank
  const needed = chunksMin(pool)
  const total = pool.k + pool.m
  const chosen = [...good]
  const fillUp = (others: readonly ChosenDrive[], count: number) =>
    chosen.push(...others.slice(0, Math.max(0, count - chosen.length)))
  fillUp(slow, spareMin(pool))
  fillUp(stuck, needed)
  if (chosen.length < needed) throw tooFewDrives({ total, answering: chosen.length, needed })
  return chosen
}

/** Chunks that are written to drives however slow they are: those of a data that can lose one of them. */
function spareMin({ k, m }: Profile): number {
  return Math.min(k + 1, k + m)
}

function rankOf({ health }: OpenDrive): 0 | 1 | 2 {
  if (!health.isSlow) return 0
  return health.oldestCallMs < stuckMs ? 1 : 2
}
