import type { Clock, Random } from '../../../core/runtime.ts'
import type { Drive } from './drive.ts'
import { type AroundCall, type CallKind, wrapDrive } from './wrap-drive.ts'

/** What calls can be made to fail with. */
export const faultCodes = ['EIO', 'ENOSPC', 'EROFS', 'ENOENT', 'EACCES', 'ENODEV'] as const
export type FaultCode = (typeof faultCodes)[number]

/** What a drive is made to do, for tests and drills. Several of these go together: a call can be late, and then fail. */
export interface Fault {
  /** Which calls are struck; all by default. Files can always be closed. */
  readonly calls?: 'all' | 'read' | 'write'
  /** Each takes so much longer. */
  readonly delayMs?: number
  /** They do not return until the fault is taken away. */
  readonly isStuck?: boolean
  /** They fail with this code of the system, and do nothing. */
  readonly errorCode?: FaultCode | null
  /** Of what is read, one bit is flipped. */
  readonly flipsBits?: boolean
  /** How many of the calls are struck: above 0, up to 1, which is the default. */
  readonly probability?: number
}

/** The faults of the drives of one process, which can be changed at any time. */
export class DriveFaults {
  readonly #clock: Clock
  readonly #random: Random
  readonly #faults = new Map<number, Fault>()
  /** Of each drive that is stuck: lets its calls go on. */
  readonly #stuck = new Map<number, PromiseWithResolvers<void>>()

  constructor({ clock, random }: { clock: Clock; random: Random }) {
    this.#clock = clock
    this.#random = random
  }

  /** Each device that has a fault. */
  get all(): ReadonlyMap<number, Fault> {
    return this.#faults
  }

  /** Takes the place of the fault that the drive had; undefined takes it away. */
  setFault(device: number, fault: Fault | undefined): void {
    if (fault === undefined) this.#faults.delete(device)
    else this.#faults.set(device, fault)
    this.#stuck.get(device)?.resolve()
    this.#stuck.delete(device)
  }

  /** These faults, and no others any more. One that stays as it is goes on holding up what is stuck. */
  setAll(faults: readonly (readonly [device: number, fault: Fault])[]): void {
    const wanted = new Map(faults)
    for (const device of [...this.#faults.keys()]) if (!wanted.has(device)) this.setFault(device, undefined)
    for (const [device, fault] of wanted) {
      if (JSON.stringify(fault) !== JSON.stringify(this.#faults.get(device))) this.setFault(device, fault)
    }
  }

  /** The drive with the faults of its device. Without one, its calls go straight through. */
  wrap(device: number, drive: Drive): Drive {
    const around: AroundCall = (kind, _bytes, call, into) => {
      const fault = this.#faults.get(device)
      if (fault === undefined || !this.#strikes(fault, kind)) return call()
      return this.#struck(device, fault, call, into)
    }
    return wrapDrive(drive, around)
  }

  #strikes({ calls = 'all', probability = 1 }: Fault, kind: CallKind): boolean {
    return kind !== 'close' && (calls === 'all' || calls === kind) && this.#random.next() < probability
  }

  async #struck<T>(
    device: number,
    { delayMs = 0, isStuck, errorCode, flipsBits }: Fault,
    call: () => Promise<T>,
    into: readonly Uint8Array[] | undefined,
  ): Promise<T> {
    if (delayMs > 0) await this.#clock.sleep(delayMs)
    if (isStuck) await this.#release(device)
    if (errorCode)
      throw Object.assign(new Error(`${errorCode}: a fault that this drive was given`), { code: errorCode })
    const result = await call()
    if (flipsBits && into !== undefined && typeof result === 'number') this.#flipBit(into, result)
    return result
  }

  /** Resolves when the fault is taken away. */
  #release(device: number): Promise<void> {
    // It may have been, while the call was delayed.
    if (this.#faults.get(device)?.isStuck !== true) return Promise.resolve()
    let release = this.#stuck.get(device)
    if (release === undefined) {
      release = Promise.withResolvers<void>()
      this.#stuck.set(device, release)
    }
    return release.promise
  }

  #flipBit(buffers: readonly Uint8Array[], readBytes: number): void {
    let place = Math.floor(this.#random.next() * readBytes)
    const bit = 1 << Math.floor(this.#random.next() * 8)
    for (const buffer of buffers) {
      if (place < buffer.length && readBytes > 0) {
        buffer[place] = (buffer[place] as number) ^ bit
        return
      }
      place -= buffer.length
    }
  }
}
