import { CrushError } from '../map/crush-error.ts'

/** Reads little-endian numbers and length-prefixed strings from the front of a byte string. Errors name the byte. */
export class ByteReader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get atEnd(): boolean {
    return this.#at >= this.#bytes.length
  }

  u8(what: string): number {
    return this.#view.getUint8(this.#take(1, what))
  }

  u16(what: string): number {
    return this.#view.getUint16(this.#take(2, what), true)
  }

  u32(what: string): number {
    return this.#view.getUint32(this.#take(4, what), true)
  }

  s32(what: string): number {
    return this.#view.getInt32(this.#take(4, what), true)
  }

  /** A 64-bit signed integer within the range of exact numbers. */
  s64(what: string): number {
    const value = Number(this.#view.getBigInt64(this.#take(8, what), true))
    if (!Number.isSafeInteger(value)) throw this.error(`${what} ${value} is out of range`)
    return value
  }

  string(what: string): string {
    const size = this.u32(what)
    const at = this.#take(size, what)
    return new TextDecoder().decode(this.#bytes.subarray(at, at + size))
  }

  /** `count` values; a count that the bytes left cannot hold is refused before anything is allocated. */
  list<Value>(count: number, bytesEach: number, what: string, read: (index: number) => Value): Value[] {
    if (count * bytesEach > this.#bytes.length - this.#at)
      throw this.error(`${count} ${what} do not fit into the bytes left`)
    return Array.from({ length: count }, (_, index) => read(index))
  }

  /** An error at the next byte. */
  error(message: string): CrushError {
    return new CrushError(`byte ${this.#at}`, message)
  }

  #take(size: number, what: string): number {
    const at = this.#at
    if (at + size > this.#bytes.length) throw this.error(`the map ends where ${what} is expected`)
    this.#at += size
    return at
  }
}
