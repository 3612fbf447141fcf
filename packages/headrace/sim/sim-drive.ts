import { createHash, type Hash } from 'node:crypto'
import type { Drive, DriveFile } from '../src/store/embedded/drive/drive.ts'
import type { SimClock } from './sim-clock.ts'
import type { SimRandom } from './sim-random.ts'

const pageBytes = 4096
/** Space of the simulated drive. */
const totalBytes = 1024 ** 4

/** The bytes of a file: as processes see them, and as they are after a power cut. */
interface Inode {
  current: Buffer
  durable: Buffer
}

export class PowerCutError extends Error {
  constructor() {
    super('the power was cut')
    this.name = 'PowerCutError'
  }
}

export interface DriveFaults {
  /** Chance that a call fails with EIO. */
  ioErrorChance: number
  /** Chance that a write finds no space. */
  noSpaceChance: number
  /** Every call fails with it, such as ENODEV for a drive that was pulled; undefined for one that works. */
  deadCode: string | undefined
  /** What each call takes besides. */
  delayMs: number
}

/** The power of a machine, which goes for all its drives at once, in the middle of a call of one of them. */
export class SimPower {
  /** Counts power cuts: calls of a process that is gone never return. */
  life = 0
  #calls = 0
  #cutAtCall = Number.POSITIVE_INFINITY

  get calls(): number {
    return this.#calls
  }

  get isCut(): boolean {
    return this.#calls >= this.#cutAtCall
  }

  /** Cuts the power in the middle of a call to come. */
  cutAfter(calls: number): void {
    this.#cutAtCall = this.#calls + calls
  }

  call(): void {
    this.#calls += 1
  }

  /** The power is back; the drives are to be told as well. */
  restore(): void {
    this.life += 1
    this.#cutAtCall = Number.POSITIVE_INFINITY
  }
}

/** What is on a drive, put aside to come back later. */
export type SimDriveImage = ReadonlyMap<string, Buffer>

/**
 * A drive in memory that takes its promises no further than a file system does: bytes survive a power cut when they were
 * synced, names when their folder was; everything else may survive or not, page by page and name by name.
 */
export class SimDrive implements Drive {
  readonly name: string
  readonly faults: DriveFaults = { ioErrorChance: 0, noSpaceChance: 0, deadCode: undefined, delayMs: 0 }
  readonly #clock: SimClock
  readonly #power: SimPower
  readonly #random: SimRandom
  readonly #names = new Map<string, Inode>()
  readonly #durableNames = new Map<string, Inode>()
  readonly #trace: Hash = createHash('sha256')

  constructor(clock: SimClock, random: SimRandom, { name = 'sim', power = new SimPower() } = {}) {
    this.#clock = clock
    this.#random = random
    this.#power = power
    this.name = name
  }

  /** Of all drives of the machine. */
  get calls(): number {
    return this.#power.calls
  }

  /** Names everything that was done so far: two runs of one seed must have the same. */
  get trace(): string {
    return this.#trace.copy().digest('hex')
  }

  /** Cuts the power in the middle of a call to come. */
  cutAfter(calls: number): void {
    this.#power.cutAfter(calls)
  }

  get isCut(): boolean {
    return this.#power.isCut
  }

  /** The power of a machine with this one drive is back. */
  powerUp(): void {
    this.#power.restore()
    this.settle()
  }

  /** What is on the drive when the power is back. */
  settle(): void {
    for (const [path, inode] of this.#names) {
      if (!this.#durableNames.has(path) && this.#random.chance(0.5)) this.#durableNames.set(path, inode)
    }
    for (const path of [...this.#durableNames.keys()]) {
      if (!this.#names.has(path) && this.#random.chance(0.5)) this.#durableNames.delete(path)
    }
    this.#names.clear()
    for (const [path, inode] of this.#durableNames) {
      inode.current = this.#afterCut(inode)
      inode.durable = inode.current
      this.#names.set(path, inode)
    }
  }

  async open(path: string, mode: 'read' | 'create' | 'append'): Promise<DriveFile> {
    await this.#call(`open ${path} ${mode}`)
    let inode = this.#names.get(path)
    if (inode === undefined && mode === 'read') throw systemError('ENOENT', path)
    if (inode !== undefined && mode === 'create') throw systemError('EEXIST', path)
    if (inode === undefined) {
      inode = { current: Buffer.alloc(0), durable: Buffer.alloc(0) }
      this.#names.set(path, inode)
    }
    return this.#file(path, inode)
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#call(`rename ${from} ${to}`)
    const inode = this.#names.get(from)
    if (inode === undefined) throw systemError('ENOENT', from)
    this.#names.delete(from)
    this.#names.set(to, inode)
    await this.#call(`sync folder of ${to}`)
    this.#syncFolder(folderOf(to))
  }

  async remove(path: string): Promise<boolean> {
    await this.#call(`remove ${path}`)
    return this.#names.delete(path)
  }

  async syncFolder(path: string): Promise<void> {
    await this.#call(`sync folder ${path}`)
    this.#syncFolder(path)
  }

  async list(folder: string): Promise<string[]> {
    await this.#call(`list ${folder}`)
    const names = new Set<string>()
    for (const path of this.#names.keys()) {
      if (path.startsWith(`${folder}/`)) names.add(path.slice(folder.length + 1).split('/')[0] as string)
    }
    return [...names].sort()
  }

  async makeFolder(path: string): Promise<void> {
    await this.#call(`make folder ${path}`)
  }

  async space(): Promise<{ freeBytes: number; totalBytes: number }> {
    if (this.faults.deadCode !== undefined) throw systemError(this.faults.deadCode, 'space')
    return { freeBytes: totalBytes, totalBytes }
  }

  /** Every path with its size, for checks. */
  files(): Map<string, number> {
    return new Map([...this.#names].map(([path, inode]) => [path, inode.current.length]))
  }

  /** Puts aside what is on the drive. */
  image(): SimDriveImage {
    return new Map([...this.#names].map(([path, { current }]) => [path, Buffer.from(current)]))
  }

  /** The drive was pulled, and has this when it is there again: nothing, or what it had some time ago. */
  replaceWith(image: SimDriveImage): void {
    this.#names.clear()
    this.#durableNames.clear()
    for (const [path, bytes] of image) {
      const inode = { current: Buffer.from(bytes), durable: Buffer.alloc(0) }
      inode.durable = inode.current
      this.#names.set(path, inode)
      this.#durableNames.set(path, inode)
    }
  }

  /** Flips a bit of a file. */
  flipBit(path: string, byte: number): void {
    const inode = this.#names.get(path)
    if (inode === undefined || inode.current.length <= byte) return
    const bytes = Buffer.from(inode.current)
    bytes[byte] = (bytes[byte] as number) ^ 1
    if (inode.durable === inode.current) inode.durable = bytes
    inode.current = bytes
  }

  #file(path: string, inode: Inode): DriveFile {
    return {
      read: async (into, position) => {
        await this.#call(`read ${path} ${position}`)
        let at = position
        for (const buffer of into) {
          if (at < inode.current.length) at += inode.current.copy(buffer, 0, at, at + buffer.length)
        }
        return Math.max(0, Math.min(at, inode.current.length) - position)
      },
      write: async (from, position) => {
        await this.#call(`write ${path} ${position}`)
        const bytes = Buffer.concat(from)
        // A full drive may have taken the first of the bytes.
        const failsForSpace = this.#random.chance(this.faults.noSpaceChance)
        const taken = failsForSpace ? bytes.subarray(0, this.#random.below(bytes.length + 1)) : bytes
        const grown = Buffer.alloc(Math.max(inode.current.length, position + taken.length))
        inode.current.copy(grown)
        taken.copy(grown, position)
        inode.current = grown
        if (failsForSpace) throw systemError('ENOSPC', path)
      },
      sync: async () => {
        await this.#call(`sync ${path}`)
        inode.durable = inode.current
      },
      truncate: async (sizeBytes) => {
        await this.#call(`truncate ${path} ${sizeBytes}`)
        const cut = Buffer.alloc(sizeBytes)
        inode.current.copy(cut)
        inode.current = cut
      },
      size: async () => {
        await this.#call(`size ${path}`)
        return inode.current.length
      },
      close: async () => {},
    }
  }

  /** Every call takes a while, may fail, and may be the last one. */
  async #call(what: string): Promise<void> {
    const power = this.#power
    const { life } = power
    power.call()
    this.#trace.update(what)
    await this.#clock.sleep(this.#random.next() * 2 + this.faults.delayMs)
    if (life !== power.life || power.isCut) throw new PowerCutError()
    if (this.faults.deadCode !== undefined) throw systemError(this.faults.deadCode, what)
    if (this.#random.chance(this.faults.ioErrorChance)) throw systemError('EIO', what)
  }

  #syncFolder(folder: string): void {
    for (const [path, inode] of this.#names) if (folderOf(path) === folder) this.#durableNames.set(path, inode)
    for (const path of this.#durableNames.keys()) {
      if (folderOf(path) === folder && !this.#names.has(path)) this.#durableNames.delete(path)
    }
  }

  /** Pages that were not synced are there or not, each for itself; so is what the file has grown by. */
  #afterCut({ current, durable }: Inode): Buffer {
    if (current === durable) return durable
    const length = this.#random.chance(0.5) ? current.length : durable.length
    const bytes = Buffer.alloc(length)
    for (let at = 0; at < length; at += pageBytes) {
      const source = this.#random.chance(0.5) ? current : durable
      if (at < source.length) source.copy(bytes, at, at, Math.min(at + pageBytes, length))
    }
    return bytes
  }
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')))
}

function systemError(code: string, what: string): Error {
  return Object.assign(new Error(`${code}: ${what}`), { code })
}
