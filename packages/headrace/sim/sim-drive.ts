import type { Drive, DriveFile } from '../src/store/embedded/drive/drive.ts'
import type { SimClock } from './sim-clock.ts'
import { SimFile } from './sim-file.ts'
import { PowerCutError, SimPower } from './sim-power.ts'
import type { SimRandom } from './sim-random.ts'

export { PowerCutError, SimPower }

/** Space of the simulated drive. */
const totalBytes = 1024 ** 4

export interface DriveFaults {
  /** Chance that a call fails with EIO. */
  ioErrorChance: number
  /** Chance that a write finds no space. */
  noSpaceChance: number
  /** What the drive says it has free. */
  freeBytes: number
  /** Every call fails with it, such as ENODEV for a drive that was pulled; undefined for one that works. */
  deadCode: string | undefined
  /** What each call takes besides. */
  delayMs: number
  /** No call returns until `unstick`. */
  isStuck: boolean
}

const noFaults: DriveFaults = {
  ioErrorChance: 0,
  noSpaceChance: 0,
  freeBytes: totalBytes,
  deadCode: undefined,
  delayMs: 0,
  isStuck: false,
}

/** What is on a drive, put aside to come back later. */
export type SimDriveImage = ReadonlyMap<string, Buffer>

/**
 * A drive in memory that takes its promises no further than a file system does: bytes survive a power cut when they were
 * synced, names when their folder was; everything else may survive or not, page by page and name by name.
 */
export class SimDrive implements Drive {
  /** What `folderId` says. */
  id = '1'
  readonly name: string
  readonly faults: DriveFaults = { ...noFaults }
  /** Calls that have read from chunk files. */
  reads = 0
  readonly #clock: SimClock
  readonly #power: SimPower
  readonly #random: SimRandom
  readonly #names = new Map<string, SimFile>()
  readonly #durableNames = new Map<string, SimFile>()
  #stuck: (() => void)[] = []
  /** Files that were opened under an earlier one are gone with the drive that they were on. */
  #mount = 0

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

  /** Names everything that was done so far on the drives of the machine: two runs of one seed must have the same. */
  get trace(): string {
    return this.#power.trace
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
    for (const [path, file] of this.#names) {
      if (!this.#durableNames.has(path) && this.#random.chance(0.5)) this.#durableNames.set(path, file)
    }
    for (const path of [...this.#durableNames.keys()]) {
      if (!this.#names.has(path) && this.#random.chance(0.5)) this.#durableNames.delete(path)
    }
    this.#names.clear()
    for (const [path, file] of this.#durableNames) {
      file.settle(this.#random)
      this.#names.set(path, file)
    }
  }

  /** All faults are over, and calls that hung go on. */
  recover(): void {
    Object.assign(this.faults, noFaults)
    this.unstick()
  }

  unstick(): void {
    this.faults.isStuck = false
    for (const go of this.#stuck.splice(0)) go()
  }

  /** The process is gone: calls that hang are nobody's. */
  forgetCalls(): void {
    this.#stuck = []
  }

  async open(path: string, mode: 'read' | 'create' | 'append'): Promise<DriveFile> {
    await this.#call(`open ${path} ${mode}`)
    let file = this.#names.get(path)
    if (file === undefined && mode === 'read') throw systemError('ENOENT', path)
    if (file !== undefined && mode === 'create') throw systemError('EEXIST', path)
    if (file === undefined) {
      file = new SimFile()
      this.#names.set(path, file)
    }
    return this.#handle(path, file)
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#call(`rename ${from} ${to}`)
    const file = this.#names.get(from)
    if (file === undefined) throw systemError('ENOENT', from)
    this.#names.delete(from)
    this.#names.set(to, file)
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
    const prefix = folder === '.' ? '' : `${folder}/`
    const names = new Set<string>()
    for (const path of this.#names.keys()) {
      if (path.startsWith(prefix)) names.add(path.slice(prefix.length).split('/', 1)[0] as string)
    }
    return [...names].sort()
  }

  async makeFolder(path: string): Promise<void> {
    await this.#call(`make folder ${path}`)
  }

  async space(): Promise<{ freeBytes: number; totalBytes: number }> {
    await this.#call('space')
    return { freeBytes: this.faults.freeBytes, totalBytes }
  }

  async folderId(): Promise<string> {
    await this.#call('folder id')
    return this.id
  }

  /** Every path with its size, for checks. */
  files(): Map<string, number> {
    return new Map([...this.#names].map(([path, { length }]) => [path, length]))
  }

  /** Whether a file is the one in which a bit was flipped, and not another of that name. */
  isFlipped(path: string): boolean {
    return this.#names.get(path)?.isFlipped === true
  }

  /** Bytes of a file, without a call on the drive; undefined when there is none. */
  peek(path: string): Buffer | undefined {
    return this.#names.get(path)?.bytes
  }

  /** Puts aside what is on the drive. */
  image(): SimDriveImage {
    return new Map([...this.#names].map(([path, { bytes }]) => [path, Buffer.from(bytes)]))
  }

  /**
   * What is on the drive is another from now on: nothing, or what it had some time ago.
   * @param keepsFiles files that are open stay so, as when somebody has emptied the folder; else it is another drive
   */
  replaceWith(image: SimDriveImage, { keepsFiles = true } = {}): void {
    if (!keepsFiles) this.#mount += 1
    this.#names.clear()
    this.#durableNames.clear()
    for (const [path, bytes] of image) {
      const file = new SimFile(Buffer.from(bytes))
      this.#names.set(path, file)
      this.#durableNames.set(path, file)
    }
  }

  /** Flips a bit of a file. */
  flipBit(path: string, byte: number): void {
    this.#names.get(path)?.flip(byte)
  }

  #handle(path: string, file: SimFile): DriveFile {
    const mount = this.#mount
    const call = async (what: string) => {
      await this.#call(what)
      if (mount !== this.#mount) throw systemError('EIO', what)
    }
    return {
      read: async (into, position) => {
        await call(`read ${path} ${position}`)
        this.reads += path.startsWith('chunks/') ? 1 : 0
        let at = position
        for (const buffer of into) {
          if (at < file.length) at += file.bytes.copy(buffer, 0, at, at + buffer.length)
        }
        return Math.max(0, Math.min(at, file.length) - position)
      },
      write: async (from, position) => {
        await call(`write ${path} ${position}`)
        const bytes = from.length === 1 ? Buffer.from(from[0] as Uint8Array) : Buffer.concat(from)
        // A full drive may have taken the first of the bytes.
        const failsForSpace = this.#random.chance(this.faults.noSpaceChance)
        file.write(failsForSpace ? bytes.subarray(0, this.#random.below(bytes.length + 1)) : bytes, position)
        if (failsForSpace) throw systemError('ENOSPC', path)
      },
      sync: async () => {
        await call(`sync ${path}`)
        file.sync()
      },
      truncate: async (sizeBytes) => {
        await call(`truncate ${path} ${sizeBytes}`)
        file.truncate(sizeBytes)
      },
      size: async () => {
        await call(`size ${path}`)
        return file.length
      },
      close: async () => {},
    }
  }

  /** Every call takes a while, may fail, and may be the last one. */
  async #call(what: string): Promise<void> {
    const power = this.#power
    const { life } = power
    power.call(`${this.name} ${what}`)
    await this.#clock.sleep(this.#random.next() * 2 + this.faults.delayMs)
    while (this.faults.isStuck) await new Promise<void>((go) => this.#stuck.push(go))
    if (life !== power.life || power.isCut) throw new PowerCutError()
    if (this.faults.deadCode !== undefined) throw systemError(this.faults.deadCode, what)
    if (this.#random.chance(this.faults.ioErrorChance)) throw systemError('EIO', what)
  }

  #syncFolder(path: string): void {
    const folder = path === '.' ? '' : path
    for (const [path, file] of this.#names) if (folderOf(path) === folder) this.#durableNames.set(path, file)
    for (const path of this.#durableNames.keys()) {
      if (folderOf(path) === folder && !this.#names.has(path)) this.#durableNames.delete(path)
    }
  }
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')))
}

function systemError(code: string, what: string): Error {
  return Object.assign(new Error(`${code}: ${what}`), { code })
}
