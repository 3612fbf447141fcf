import type { SimRandom } from './sim-random.ts'

/** What can go wrong, or be done to the store besides reads and writes; each class is on or off for a whole run. */
export const faultClasses = [
  /** All drives at once, in the middle of a call. */
  'powerCuts',
  /** Of the process, while the drives go on. */
  'kills',
  /** Calls fail with EIO for a while. */
  'ioErrors',
  /** A drive is gone, and comes back as it was. */
  'deadDrives',
  /** Somebody empties a drive, or puts a blank one in its place. */
  'wipedDrives',
  /** A drive is gone, and comes back with what it had some time before. */
  'staleDrives',
  /** Calls take hundreds of times as long. */
  'slowDrives',
  /** Calls do not return for a while. */
  'stuckDrives',
  /** In chunks, journals, snapshots and maps. */
  'bitFlips',
  /** Drives are full, or say that they are. */
  'fullDrives',
  /** An operator adds drives, */
  'addedDrives',
  /** takes them away, */
  'removedDrives',
  /** and asks for snapshots, scrubs, censuses and new indexes. */
  'chores',
] as const

export type FaultClass = (typeof faultClasses)[number]

/** What a run is like. */
export interface Swarm {
  /** At first. */
  readonly drives: number
  readonly clients: number
  readonly keys: number
  readonly classes: ReadonlySet<FaultClass>
  /** How long a drive may be down before its chunks belong elsewhere, in milliseconds. */
  readonly graceMs: number
  /** Clients rest so long at the most between two operations, in milliseconds. */
  readonly restMs: number
  /** At the end a drive stays away, and no other takes its place. */
  readonly endsDegraded: boolean
}

const driveCounts = [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13, 14]

export interface SwarmLimits {
  readonly drives?: number | undefined
  readonly without?: readonly FaultClass[] | undefined
}

/** The seed decides: so each class of faults meets runs with and without each of the others. */
export function chooseSwarm(random: SimRandom, { drives, without = [] }: SwarmLimits = {}): Swarm {
  const count = random.pick(driveCounts)
  const on = faultClasses.filter(() => random.chance(0.5))
  return {
    drives: drives ?? count,
    clients: 1 + random.below(6),
    keys: 1 + random.below(12),
    graceMs: random.pick([5_000, 30_000, 600_000]),
    restMs: random.pick([0, 500, 5_000, 20_000, 60_000]),
    endsDegraded: random.chance(0.2),
    classes: new Set(on.filter((each) => !without.includes(each))),
  }
}
