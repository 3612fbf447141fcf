import { chunkFileHeaderBytes } from '../../src/store/embedded/format/chunk-header.ts'
import { chunkPlace } from '../../src/work/chunk-place.ts'
import { placedRow } from '../../src/work/placed-row.ts'
import type { SimDrive, SimDriveImage } from '../sim-drive.ts'
import type { SimProcess } from '../sim-process.ts'
import type { SimRandom } from '../sim-random.ts'
import type { FaultClass } from '../swarm.ts'
import type { World } from '../world.ts'

/** What is wrong with a drive for a while. */
export interface Fault {
  readonly kind: FaultClass
  readonly bay: SimDrive
  /** By the simulated clock. */
  readonly endMs: number
  /** Whether it may be over by now. */
  isRipe(): boolean
  end(): void
}

/** What befalls drives, one kind after the other. */
export interface FaultMaker {
  /** Whether a drive is worse than the store promises to bear of more than m at once. */
  readonly hurts: boolean
  /** @returns how long it lasts, in milliseconds, and what ends it; undefined when there is nothing to be done */
  begin(bay: SimDrive, world: World, images: ReadonlyMap<SimDrive, SimDriveImage>): Lasting | undefined
}

interface Lasting {
  readonly forMs: number
  readonly isRipe?: () => boolean
  end(): void
}

const awayMs = [2_000, 8_000, 25_000, 90_000]

/** Every kind of fault that a drive can have. */
export const faultMakers = {
  ioErrors: {
    hurts: true,
    begin({ faults }, { operatorRandom: random }) {
      faults.ioErrorChance = random.pick([0.05, 0.5, 1])
      return { forMs: random.pick([300, 5_000, 40_000]), end: () => (faults.ioErrorChance = 0) }
    },
  },
  deadDrives: {
    hurts: true,
    begin({ faults }, { operatorRandom: random }) {
      faults.deadCode = random.pick(['ENODEV', 'EIO', 'ENXIO'])
      return { forMs: random.pick(awayMs), end: () => (faults.deadCode = undefined) }
    },
  },
  wipedDrives: {
    hurts: true,
    begin(bay, { operatorRandom: random }) {
      bay.replaceWith(new Map(), { keepsFiles: random.chance(0.5) })
      return { forMs: 0, end() {} }
    },
  },
  staleDrives: {
    hurts: true,
    begin(bay, world, images) {
      const image = images.get(bay)
      const random = world.operatorRandom
      if (image === undefined) return undefined
      bay.faults.deadCode = 'ENODEV'
      const end = () => {
        bay.faults.deadCode = undefined
        bay.replaceWith(image, { keepsFiles: false })
      }
      // Nobody exchanges a drive so quickly that the server sees nothing of it.
      const isRipe = () => world.process !== undefined && !isUp(bay, world.process)
      return { forMs: random.pick(awayMs), isRipe, end }
    },
  },
  slowDrives: {
    hurts: true,
    begin({ faults }, { operatorRandom: random }) {
      faults.delayMs = random.pick([50, 500, 3_000])
      return { forMs: random.pick([2_000, 20_000, 60_000]), end: () => (faults.delayMs = 0) }
    },
  },
  stuckDrives: {
    hurts: true,
    begin(bay, { operatorRandom: random }) {
      bay.faults.isStuck = true
      return { forMs: random.pick([1_000, 8_000, 30_000, 120_000]), end: () => bay.unstick() }
    },
  },
  bitFlips: {
    hurts: true,
    begin(bay, world) {
      const count = 1 + world.operatorRandom.below(3)
      for (let flips = 0; flips < count; flips += 1) flipOne(bay, world)
      return { forMs: 0, end() {} }
    },
  },
  fullDrives: {
    hurts: false,
    begin({ faults }, { operatorRandom: random }) {
      faults.noSpaceChance = random.pick([0, 0.2, 1])
      faults.freeBytes = random.pick([0, 100 * 1024 ** 2, 5 * 1024 ** 3])
      const end = () => {
        faults.noSpaceChance = 0
        faults.freeBytes = 1024 ** 4
      }
      return { forMs: random.pick([1_000, 10_000]), end }
    },
  },
} as const satisfies Partial<Record<FaultClass, FaultMaker>>

export type DriveFaultClass = keyof typeof faultMakers

function isUp({ name }: SimDrive, { map }: SimProcess): boolean {
  return map.devices.some(({ path, isUp }) => path === name && isUp)
}

/** Flips a bit of a chunk that a row names, or of a file of the keeper's. */
function flipOne(bay: SimDrive, { operatorRandom: random, process, protection }: World): void {
  const target = random.chance(0.7) ? chunkByte(bay, random, process) : keeperByte(bay, random)
  if (target === undefined) return
  bay.flipBit(target.path, target.byte)
  protection.flipped({ bay, ...target })
}

function chunkByte(bay: SimDrive, random: SimRandom, process: World['process']) {
  const device = process?.map.devices.find(({ path }) => path === bay.name)?.id
  const places: { path: string; byte: number }[] = []
  for (const { key, value } of process?.keeperStore.index.scan('data', { from: Buffer.alloc(0) }) ?? []) {
    for (const [chunk, location] of (placedRow(value)?.chunks ?? []).entries()) {
      const place = chunkPlace({ dataId: key, chunk, location })
      if (place === undefined || place.device !== device || location.kind === 'missing') continue
      const size = bay.peek(place.path)?.length ?? 0
      const end = location.kind === 'segment' ? place.begin + location.recordBytes : size
      const first = location.kind === 'segment' ? place.begin + location.headerBytes : chunkFileHeaderBytes
      if (first < end && end <= size) places.push({ path: place.path, byte: first + random.below(end - first) })
    }
  }
  return places.length === 0 ? undefined : random.pick(places)
}

function keeperByte(bay: SimDrive, random: SimRandom) {
  const files = [...bay.files()].filter(([path, size]) => size > 0 && /^(journal\/|snapshots\/|map\.json$)/.test(path))
  if (files.length === 0) return undefined
  const [path, size] = random.pick(files)
  return { path, byte: random.below(size) }
}
