import type { SimRandom } from './sim-random.ts'

const pageBytes = 4096

/** What was overwritten since the last sync. */
interface Overwritten {
  readonly at: number
  readonly bytes: Buffer
}

/** The bytes of a simulated file: as processes see them, and as they may be after a power cut. */
export class SimFile {
  /** With room to grow; zeros behind the end. */
  #bytes: Buffer
  #length: number
  #syncedLength: number
  /** The oldest first. */
  #overwritten: Overwritten[] = []
  /** Somebody has flipped a bit of it, once. */
  isFlipped = false

  /** Begins with bytes that are durable. */
  constructor(bytes: Buffer = Buffer.alloc(0)) {
    this.#bytes = bytes
    this.#length = bytes.length
    this.#syncedLength = bytes.length
  }

  get length(): number {
    return this.#length
  }

  /** The bytes as they are now: a view. */
  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length)
  }

  write(from: Buffer, position: number): void {
    const end = position + from.length
    this.#keep(position, Math.min(end, this.#syncedLength))
    if (end > this.#bytes.length) {
      const grown = Buffer.alloc(Math.max(end, 2 * this.#bytes.length))
      this.bytes.copy(grown)
      this.#bytes = grown
    }
    from.copy(this.#bytes, position)
    this.#length = Math.max(this.#length, end)
  }

  truncate(length: number): void {
    if (length > this.#length) return this.write(Buffer.alloc(length - this.#length), this.#length)
    this.#keep(length, Math.min(this.#length, this.#syncedLength))
    this.#bytes.fill(0, length, this.#length)
    this.#length = length
  }

  sync(): void {
    this.#syncedLength = this.#length
    this.#overwritten = []
  }

  /** Flips the lowest bit of a byte, as a drive does behind everybody's back. */
  flip(byte: number): void {
    if (byte >= this.#length) return
    this.isFlipped = true
    this.#bytes[byte] = (this.#bytes[byte] as number) ^ 1
  }

  /** The power is back. Pages that were not synced are there or not, each for itself; so is what the file has grown by. */
  settle(random: SimRandom): void {
    if (this.#overwritten.length === 0 && this.#length === this.#syncedLength) return
    const synced = this.#synced()
    const length = random.chance(0.5) ? this.#length : this.#syncedLength
    const bytes = Buffer.alloc(length)
    for (let at = 0; at < length; at += pageBytes) {
      const source = random.chance(0.5) ? this.bytes : synced
      if (at < source.length) source.copy(bytes, at, at, Math.min(at + pageBytes, length))
    }
    this.#bytes = bytes
    this.#length = length
    this.sync()
  }

  /** Remembers durable bytes that are about to change. */
  #keep(from: number, to: number): void {
    if (from < to) this.#overwritten.push({ at: from, bytes: Buffer.from(this.#bytes.subarray(from, to)) })
  }

  #synced(): Buffer {
    const synced = Buffer.alloc(this.#syncedLength)
    this.bytes.copy(synced)
    for (const { at, bytes } of this.#overwritten.reverse()) bytes.copy(synced, at)
    return synced
  }
}
