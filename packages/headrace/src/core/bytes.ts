/**
 * Writes the binary structures that are kept on drives. Numbers are little-endian; texts and byte strings have their
 * length before them as a varint (LEB128).
 */
export class ByteWriter {
  #buffer: Buffer
  #length = 0

  constructor(sizeBytes = 256) {
    this.#buffer = Buffer.allocUnsafe(sizeBytes)
  }

  get length(): number {
    return this.#length
  }

  u8(value: number): this {
    this.#reserve(1)
    this.#buffer[this.#length] = value
    this.#length += 1
    return this
  }

  u16(value: number): this {
    this.#reserve(2)
    this.#length = this.#buffer.writeUInt16LE(value, this.#length)
    return this
  }

  u32(value: number): this {
    this.#reserve(4)
    this.#length = this.#buffer.writeUInt32LE(value, this.#length)
    return this
  }

  /** A whole number up to 2^53 − 1 in eight bytes. */
  u64(value: number): this {
    this.#reserve(8)
    this.#buffer.writeUInt32LE(value % 0x1_0000_0000, this.#length)
    this.#buffer.writeUInt32LE(Math.floor(value / 0x1_0000_0000), this.#length + 4)
    this.#length += 8
    return this
  }

  varint(value: number): this {
    while (value >= 0x80) {
      this.u8((value % 0x80) | 0x80)
      value = Math.floor(value / 0x80)
    }
    return this.u8(value)
  }

  /** Bytes as they are, without their length. */
  raw(bytes: Uint8Array): this {
    this.#reserve(bytes.length)
    this.#buffer.set(bytes, this.#length)
    this.#length += bytes.length
    return this
  }

  bytes(bytes: Uint8Array): this {
    return this.varint(bytes.length).raw(bytes)
  }

  text(text: string): this {
    const sizeBytes = Buffer.byteLength(text)
    this.varint(sizeBytes)
    this.#reserve(sizeBytes)
    this.#length += this.#buffer.write(text, this.#length)
    return this
  }

  /** The bytes written so far: a view, which is good until the writer is used again. */
  finish(): Buffer {
    return this.#buffer.subarray(0, this.#length)
  }

  /** Begins anew, in the same memory. */
  restart(): this {
    this.#length = 0
    return this
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#buffer.length) return
    const grown = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#length + count))
    this.#buffer.copy(grown, 0, 0, this.#length)
    this.#buffer = grown
  }
}

/** Thrown when a structure on a drive is not what it should be. */
export class FormatError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'FormatError'
  }
}

/** Reads what `ByteWriter` wrote. Reading past the end is a `FormatError`. */
export class ByteReader {
  readonly #buffer: Buffer
  #at: number

  constructor(buffer: Buffer, at = 0) {
    this.#buffer = buffer
    this.#at = at
  }

  get at(): number {
    return this.#at
  }

  get left(): number {
    return this.#buffer.length - this.#at
  }

  u8(): number {
    return this.#buffer[this.#take(1)] as number
  }

  u16(): number {
    return this.#buffer.readUInt16LE(this.#take(2))
  }

  u32(): number {
    return this.#buffer.readUInt32LE(this.#take(4))
  }

  u64(): number {
    const at = this.#take(8)
    const value = this.#buffer.readUInt32LE(at + 4) * 0x1_0000_0000 + this.#buffer.readUInt32LE(at)
    if (value > Number.MAX_SAFE_INTEGER) throw new FormatError(`a number at ${at} is out of range`)
    return value
  }

  varint(): number {
    let value = 0
    for (let scale = 1; ; scale *= 0x80) {
      const byte = this.u8()
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
      if (scale > 2 ** 42) throw new FormatError(`a number at ${this.#at} has no end`)
    }
  }

  /** A view, not a copy. */
  raw(count: number): Buffer {
    const at = this.#take(count)
    return this.#buffer.subarray(at, at + count)
  }

  bytes(): Buffer {
    return this.raw(this.varint())
  }

  text(): string {
    const sizeBytes = this.varint()
    const at = this.#take(sizeBytes)
    return this.#buffer.toString('utf8', at, at + sizeBytes)
  }

  #take(count: number): number {
    const at = this.#at
    if (at + count > this.#buffer.length)
      throw new FormatError(`the structure ends at ${this.#buffer.length}, not after ${at + count}`)
    this.#at = at + count
    return at
  }
}
